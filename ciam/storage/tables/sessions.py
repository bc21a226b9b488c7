"""Sessions: a browser, the customers signed in there, and the clients each of them reached.

The cookie names a customer session by a secret of which only the hash is kept. A client session has
its own `sid` (OpenID Connect Front-Channel Logout §3), so two clients cannot compare theirs.
"""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Instant, Json

customer_session = Table(
    "customer_session",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("authenticated_at", Instant, nullable=False, comment="auth_time (OIDC Core §2)"),
    Column("acr", String(64), nullable=False),
    Column("amr", Json, nullable=False, comment="RFC 8176 values, in the order they were proven"),
    Column("last_seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("sealed_context", LargeBinary, comment="address and user agent, for the customer"),
    Column("ended_at", Instant),
    Column("end_reason", String(32)),
)
Index("ix_customer_session_customer", customer_session.c.customer, customer_session.c.ended_at)

client_session = Table(
    "client_session",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("session", Uuid, ForeignKey("customer_session.id"), nullable=False),
    Column("client", Uuid, ForeignKey("client.id"), nullable=False, index=True),
    Column("sid", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    UniqueConstraint("session", "client"),
)

known_device = Table(
    "known_device",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False, index=True),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

trusted_device = Table(
    "trusted_device",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False, index=True),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("credential_epoch", Integer, nullable=False, comment="of the customer, at that time"),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("sealed_context", LargeBinary, comment="user agent, for the customer's own list"),
)
