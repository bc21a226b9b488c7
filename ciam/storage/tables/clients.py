"""Clients: the software registered with us (RFC 6749 §2, metadata as RFC 7591 §2 names it)."""

from sqlalchemy import Column, ForeignKey, LargeBinary, String, Table, UniqueConstraint, Uuid

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Instant, Json

client = Table(
    "client",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client_id", String(255), nullable=False, unique=True),
    Column("secret_hash", LargeBinary, comment="SHA-256 of a random secret; null: public client"),
    Column("document", Json, nullable=False, comment="metadata of RFC 7591 and our settings"),
    Column("brand", String(64), ForeignKey("brand.key")),
    Column("managed_by", String(16), nullable=False, comment="file, console or api"),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("disabled_at", Instant),
)

client_subject = Table(
    "client_subject",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client", Uuid, ForeignKey("client.id"), nullable=False),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False, index=True),
    Column("subject", String(255), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("alias_since", Instant, comment="after a merge: still known, no longer answered"),
    UniqueConstraint("client", "customer"),
    UniqueConstraint("client", "subject"),
)
