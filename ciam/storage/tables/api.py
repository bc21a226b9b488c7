"""The API: replies of writes that carried an Idempotency-Key, sealed, kept for a day."""

from sqlalchemy import Column, Integer, LargeBinary, Table, Uuid

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Instant

idempotent_reply = Table(
    "idempotent_reply",
    metadata,
    Column("key_hash", LargeBinary, primary_key=True, comment="SHA-256 of caller and key"),
    Column("id", Uuid, nullable=False, comment="of this use of the key; ties the sealed reply"),
    Column("request_hash", LargeBinary, nullable=False, comment="of method, path and body"),
    Column("status", Integer, comment="null only inside the transaction that writes it"),
    Column("sealed_reply", LargeBinary, comment="headers and body"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)
