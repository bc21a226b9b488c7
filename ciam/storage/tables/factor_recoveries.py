"""Lost second factors: a request waits, is announced, and is cancelled or claimed once."""

from sqlalchemy import Column, ForeignKey, LargeBinary, Table, Uuid

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Instant

factor_recovery = Table(
    "factor_recovery",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False, index=True),
    Column(
        "cancel_hash", LargeBinary, nullable=False, unique=True, comment="sent to every contact"
    ),
    Column("sealed_context", LargeBinary, nullable=False, comment="device, secret of the link"),
    Column("created_at", Instant, nullable=False),
    Column("ready_at", Instant, nullable=False, comment="when the wait is over"),
    Column("next_notice_at", Instant, nullable=False, index=True, comment="or the end: none more"),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("claimed_at", Instant, comment="the second factors were removed"),
    Column("ended_at", Instant, comment="cancelled"),
)
