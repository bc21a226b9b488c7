"""What Alembic runs for each command: on the connection that `ciam.storage.migrate` passed in."""

from alembic import context
from sqlalchemy import Connection

from ciam.storage.tables import metadata

connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,  # SQLite rebuilds a table to change it
    compare_type=True,
    transaction_per_migration=False,  # the caller's transaction holds them all
)
context.run_migrations()
