"""Keys: of the server, of each customer, and those that sign.

Only the master key lives outside the database; everything here is sealed with it, so a second node
needs nothing else. `customer_key` stands apart from the customer so that it can be backed up apart.
"""

from sqlalchemy import Column, Integer, LargeBinary, String, Table, UniqueConstraint, Uuid

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Instant, Json

server_key = Table(
    "server_key",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("use", String(32), nullable=False, comment="index, refresh, pepper, cookie, records"),
    Column("version", Integer, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("retired_at", Instant),
    UniqueConstraint("use", "version"),
)

customer_key = Table(
    "customer_key",
    metadata,
    Column("customer", Uuid, primary_key=True),
    Column("wrapped_key", LargeBinary, comment="null once destroyed"),
    Column("created_at", Instant, nullable=False),
    Column("destroyed_at", Instant),
)

signing_key = Table(
    "signing_key",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("algorithm", String(16), nullable=False, comment="ES256, RS256 or Ed25519"),
    Column("use", String(16), nullable=False, comment="tokens, receipts or checkpoints"),
    Column("public_jwk", Json, nullable=False),
    Column("sealed_private_jwk", LargeBinary, comment="null once retired: verifies, never signs"),
    Column("created_at", Instant, nullable=False),
    Column("active_from", Instant, nullable=False, comment="published before, signs from here on"),
    Column("retired_at", Instant),
    Column("unpublished_at", Instant, comment="left the JWKS"),
)
