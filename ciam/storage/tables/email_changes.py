"""Changes of the address one signs in with, each of which its owner can undo for a while."""

from sqlalchemy import Column, ForeignKey, LargeBinary, Table, Uuid

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Instant

email_change = Table(
    "email_change",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False, index=True),
    Column("old_identifier", Uuid, ForeignKey("identifier.id"), nullable=False),
    Column("new_identifier", Uuid, ForeignKey("identifier.id"), nullable=False),
    Column("undo_hash", LargeBinary, nullable=False, unique=True, comment="mailed to the old one"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("undone_at", Instant),
)
