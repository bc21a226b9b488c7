"""Every select of the server: SQLAlchemy Core in, frozen records out, a module for each subject."""
