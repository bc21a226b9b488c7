"""What was granted and issued: standing grants, authorizations, codes, tokens.

`client_grant` is what a customer allows a client, standing. `authorization` is one token family
made under it. Codes and refresh tokens are kept as long as what they issued, so a replay is
recognised.
"""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Instant, Json

authorization_request = Table(
    "authorization_request",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("handle_hash", LargeBinary, nullable=False, unique=True),
    Column("client", Uuid, ForeignKey("client.id"), nullable=False),
    Column("browser_hash", LargeBinary, comment="the browser it is bound to; null: pushed"),
    Column("sealed_parameters", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("answered_at", Instant),
)

client_grant = Table(
    "client_grant",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False),
    Column("client", Uuid, ForeignKey("client.id"), nullable=False, index=True),
    Column("scopes", Json, nullable=False),
    Column("epoch", Integer, nullable=False, server_default=text("0")),
    Column("granted_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("removed_at", Instant),
    UniqueConstraint("customer", "client"),
)

authorization = Table(
    "authorization",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client", Uuid, ForeignKey("client.id"), nullable=False, index=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False, index=True),
    Column("client_grant", Uuid, ForeignKey("client_grant.id"), nullable=False, index=True),
    Column("client_session", Uuid, ForeignKey("client_session.id"), index=True),
    Column("subject", String(255), nullable=False, comment="the sub pinned at the first release"),
    Column("scopes", Json, nullable=False),
    Column("claims", Json, comment="the claims parameter (OIDC Core §5.5)"),
    Column("audience", Json, nullable=False),
    Column("epoch", Integer, nullable=False, comment="epoch of the client grant when issued"),
    Column("authenticated_at", Instant, nullable=False),
    Column("acr", String(64), nullable=False),
    Column("amr", Json, nullable=False),
    Column("nonce", String(512)),
    Column("offline", Boolean, nullable=False, comment="outlives the session (offline_access)"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("revoke_reason", String(32)),
)

authorization_code = Table(
    "authorization_code",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("authorization", Uuid, ForeignKey("authorization.id"), nullable=False, index=True),
    Column("client", Uuid, ForeignKey("client.id"), nullable=False),
    Column("redirect_uri", String(2048), nullable=False),
    Column("code_challenge", String(128)),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("used_at", Instant),
)

refresh_token = Table(
    "refresh_token",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("authorization", Uuid, ForeignKey("authorization.id"), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("superseded_at", Instant, comment="rotated away; the grace counts from here"),
    UniqueConstraint("authorization", "generation"),
)

access_token = Table(
    "access_token",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True, comment="opaque tokens only"),
    Column("authorization", Uuid, ForeignKey("authorization.id"), index=True),
    Column("client", Uuid, ForeignKey("client.id"), nullable=False),
    Column("scopes", Json, nullable=False),
    Column("audience", Json, nullable=False),
    Column("epoch", Integer, nullable=False, comment="epoch of the client grant when issued"),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("revoked_at", Instant),
)

single_use = Table(
    "single_use",
    metadata,
    Column("kind", String(32), primary_key=True, comment="revoked_jti, assertion_jti ..."),
    Column("value_hash", LargeBinary, primary_key=True),
    Column("used_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
Index("ix_single_use_expires_at", single_use.c.expires_at)
