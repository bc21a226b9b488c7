"""Every select of the server: SQLAlchemy Core in, frozen records out, one module for each subject."""
