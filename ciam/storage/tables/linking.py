"""Linking a social identity to a customer: both sides proven, not yet joined; and what to undo."""

from sqlalchemy import Column, ForeignKey, LargeBinary, String, Table, Uuid

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Instant

link_proof = Table(
    "link_proof",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False, index=True),
    Column("issuer", String(255), nullable=False),
    Column("subject_hash", LargeBinary, nullable=False, comment="as in external_identity"),
    Column(
        "journey", Uuid, ForeignKey("journey.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("browser_hash", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("used_at", Instant),
    Column("void_at", Instant, comment="cancelled, or ended by what changed the account"),
)

link_undo = Table(
    "link_undo",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False, index=True),
    Column("act", String(16), nullable=False, comment="what is undone: linked or unlinked"),
    Column("link_hash", LargeBinary, nullable=False, unique=True, comment="of the mailed link"),
    Column("sealed_identity", LargeBinary, nullable=False, comment="issuer, subject, connection"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("used_at", Instant),
    Column("void_at", Instant),
)
