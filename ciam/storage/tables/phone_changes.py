"""Numbers that were added, changed or removed, each of which its owner can undo for a while."""

from sqlalchemy import Column, ForeignKey, LargeBinary, Table, Uuid

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Instant

phone_change = Table(
    "phone_change",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False, index=True),
    Column("old_identifier", Uuid, ForeignKey("identifier.id"), comment="none: a first number"),
    Column("new_identifier", Uuid, ForeignKey("identifier.id"), comment="none: it was removed"),
    Column("undo_hash", LargeBinary, nullable=False, unique=True, comment="sent to the old ones"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("undone_at", Instant),
)
