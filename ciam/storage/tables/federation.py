"""Being a client of social providers: connections, exchanges under way, what is said only once.

None of these rows belongs to a customer: the person may not be one yet.
"""

from sqlalchemy import Column, ForeignKey, LargeBinary, String, Table, UniqueConstraint, Uuid

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Instant, Json

connection = Table(
    "connection",
    metadata,
    Column("key", String(64), primary_key=True, comment="stands in the address of its callback"),
    Column("document", Json, nullable=False, comment="everything but the secret"),
    Column("sealed_secret", LargeBinary, comment="null: there is none"),
    Column("managed_by", String(16), nullable=False, comment="file, console or api"),
    Column("updated_at", Instant, nullable=False),
    Column("disabled_at", Instant),
)

federation_state = Table(
    "federation_state",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("state_hash", LargeBinary, nullable=False, unique=True),
    Column("connection", String(64), nullable=False),
    Column("browser_hash", LargeBinary, nullable=False, comment="the browser it is bound to"),
    Column("purpose", String(16), nullable=False, comment="sign_in or link"),
    Column("sealed_document", LargeBinary, nullable=False, comment="verifier, nonce, journey ..."),
    Column("sealed_answer", LargeBinary, comment="what the provider POSTed"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("claimed_at", Instant),
)

first_login = Table(
    "first_login",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("state", Uuid, ForeignKey("federation_state.id", ondelete="SET NULL"), unique=True),
    Column("connection", String(64), nullable=False),
    Column("browser_hash", LargeBinary, nullable=False),
    Column("subject_hash", LargeBinary, comment="once it is known whose it is"),
    Column("sealed_claims", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

provider_token = Table(
    "provider_token",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("issuer", String(255), nullable=False),
    Column("subject_hash", LargeBinary, nullable=False, comment="as in external_identity"),
    Column("connection", String(64), nullable=False),
    Column("sealed_tokens", LargeBinary, nullable=False),
    Column("obtained_at", Instant, nullable=False),
    Column("expires_at", Instant, index=True, comment="null while the identity is linked"),
    UniqueConstraint("issuer", "subject_hash"),
)
