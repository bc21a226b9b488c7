"""The customer, what points at them, what is known of them, and how they sign in.

Sign-in identifiers are unique, contact values are not. The values are sealed with the customer's
key, so uniqueness lives in `identifier_index` and `external_identity_index`: keyed hashes, written
under the old and the new key while the index key rotates.
"""

from sqlalchemy import (
    BigInteger,
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

customer = Table(
    "customer",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", String(40), nullable=False, unique=True),
    Column("state", String(16), nullable=False, comment="active, disabled, merged, erased"),
    Column("state_since", Instant, nullable=False),
    Column("merged_into", Uuid, ForeignKey("customer.id")),
    Column("language", String(35), comment="BCP 47"),
    Column("created_at", Instant, nullable=False),
    Column("credential_epoch", Integer, nullable=False, server_default=text("0")),
)

identifier = Table(
    "identifier",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False, comment="email, phone, username, member_card ..."),
    Column("sealed_value", LargeBinary, nullable=False),
    Column("source", String(64), nullable=False, comment="sign_up, account, import:<batch> ..."),
    Column("added_at", Instant, nullable=False),
    Column("verified_at", Instant),
    Column("removed_at", Instant),
)

identifier_index = Table(
    "identifier_index",
    metadata,
    Column("namespace", String(32), primary_key=True, comment="login for e-mail, phone, user name"),
    Column("keyed_hash", LargeBinary, primary_key=True),
    Column("key_version", Integer, nullable=False),
    Column("identifier", Uuid, ForeignKey("identifier.id"), nullable=False, index=True),
)

attribute_value = Table(
    "attribute_value",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False),
    Column("attribute", String(64), nullable=False, comment="as OIDC Core §5.1 names it"),
    Column("language", String(35), nullable=False, server_default="", comment="ja-Kana-JP ..."),
    Column("sealed_value", LargeBinary, nullable=False),
    Column("source", String(64), nullable=False),
    Column("verified_at", Instant),
    Column("observed_at", Instant, nullable=False),
    Column("superseded_at", Instant),
)
Index(
    "uq_attribute_value_current",
    attribute_value.c.customer,
    attribute_value.c.attribute,
    attribute_value.c.language,
    unique=True,
    postgresql_where=attribute_value.c.superseded_at.is_(None),
    sqlite_where=attribute_value.c.superseded_at.is_(None),
)

sign_in_count = Table(
    "sign_in_count",
    metadata,
    Column("customer", Uuid, ForeignKey("customer.id"), primary_key=True),
    Column("sign_ins", Integer, nullable=False, comment="since attributes are asked at sign-ins"),
)

profile_question = Table(
    "profile_question",
    metadata,
    Column("customer", Uuid, ForeignKey("customer.id"), primary_key=True),
    Column("attribute", String(64), primary_key=True),
    Column("skipped_at", Instant, nullable=False, comment="when they said: not now"),
)

authenticator = Table(
    "authenticator",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False, index=True),
    Column("method", String(32), nullable=False, comment="password, passkey, totp ..."),
    Column("sealed_secret", LargeBinary),
    Column("pepper_version", Integer, comment="as last looked at; null: not looked at yet"),
    Column("document", Json, nullable=False, comment="public part: label, counters, AAGUID ..."),
    Column("last_step", BigInteger, comment="TOTP: the newest time step that was used"),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    Column("removed_at", Instant),
)
Index(
    "uq_authenticator_password",
    authenticator.c.customer,
    unique=True,
    postgresql_where=text("method = 'password' AND removed_at IS NULL"),
    sqlite_where=text("method = 'password' AND removed_at IS NULL"),
)
Index(
    "uq_authenticator_totp",
    authenticator.c.customer,
    unique=True,
    postgresql_where=text("method = 'totp' AND removed_at IS NULL"),
    sqlite_where=text("method = 'totp' AND removed_at IS NULL"),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False),
    Column("code_hash", LargeBinary, nullable=False, comment="keyed hash"),
    Column("key_version", Integer, comment="of the index key; null: under the customer's own key"),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant),
    UniqueConstraint("customer", "code_hash"),
)

external_identity = Table(
    "external_identity",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False, index=True),
    Column("issuer", String(255), nullable=False),
    Column("sealed_subject", LargeBinary, nullable=False),
    Column("sealed_label", LargeBinary, comment="address or name there, for the owner's own list"),
    Column("connection", String(64), nullable=False),
    Column("linked_at", Instant, nullable=False),
    Column("last_used_at", Instant),
)

external_identity_index = Table(
    "external_identity_index",
    metadata,
    Column("keyed_hash", LargeBinary, primary_key=True, comment="of issuer and subject"),
    Column("key_version", Integer, nullable=False),
    Column(
        "external_identity",
        Uuid,
        ForeignKey("external_identity.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
)
