"""Operators: people in the console. Apart from customers in everything: name, session, secret."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, Uuid

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Counter, Instant, Json

operator = Table(
    "operator",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("sealed_person", LargeBinary, nullable=False, comment="name and e-mail address"),
    Column("roles", Json, nullable=False),
    Column("state", String(16), nullable=False, comment="active, disabled"),
    Column("state_since", Instant, nullable=False),
    Column("password", Text, nullable=False, comment="Argon2id under the pepper"),
    Column("sealed_seed", LargeBinary, nullable=False, comment="TOTP"),
    Column("used_step", Counter, nullable=False, comment="last TOTP step that was used"),
    Column("created_at", Instant, nullable=False),
    Column("signed_in_at", Instant),
)

operator_index = Table(
    "operator_index",
    metadata,
    Column("keyed_hash", LargeBinary, primary_key=True, comment="of the e-mail address"),
    Column("key_version", Integer, nullable=False),
    Column(
        "operator",
        Uuid,
        ForeignKey("operator.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
)

operator_invitation = Table(
    "operator_invitation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("link_hash", LargeBinary, nullable=False, unique=True),
    Column("sealed_offer", LargeBinary, nullable=False, comment="address and TOTP seed"),
    Column("email_hash", LargeBinary, nullable=False, index=True),
    Column("roles", Json, nullable=False),
    Column("invited_by", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("void_at", Instant),
)

operator_session = Table(
    "operator_session",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("operator", Uuid, ForeignKey("operator.id"), nullable=False),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("kind", String(8), nullable=False, comment="cookie or bearer"),
    Column("created_at", Instant, nullable=False),
    Column("authenticated_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("end_reason", String(32)),
)
Index("ix_operator_session_operator", operator_session.c.operator, operator_session.c.ended_at)
