"""Purposes, notices, receipts and disclosures: append-only, with effective and recorded time.

A purpose and a notice have versions; the text a person saw is kept by content address. A receipt is
never changed: the newest one of a purpose is the state.
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
    Text,
    UniqueConstraint,
    Uuid,
)

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Counter, Instant, Json

purpose = Table(
    "purpose",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("managed_by", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("retired_at", Instant),
)

purpose_version = Table(
    "purpose_version",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("purpose", Uuid, ForeignKey("purpose.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", Json, nullable=False, comment="texts by language, attributes, recipients"),
    Column("document_hash", LargeBinary, nullable=False),
    Column("lawful_basis", String(32), nullable=False, comment="consent, contract, ..."),
    Column("asks_again", Boolean, nullable=False, comment="older consent is not enough"),
    Column("effective_from", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    UniqueConstraint("purpose", "version"),
)

notice = Table(
    "notice",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", String(64), nullable=False, unique=True, comment="terms, privacy ..."),
    Column("managed_by", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("retired_at", Instant),
)

notice_version = Table(
    "notice_version",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("notice", Uuid, ForeignKey("notice.id"), nullable=False),
    Column("version", String(32), nullable=False),
    Column("document", Json, nullable=False, comment="title and text by language"),
    Column("document_hash", LargeBinary, nullable=False),
    Column("asks_again", Boolean, nullable=False),
    Column("effective_from", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    UniqueConstraint("notice", "version"),
)

screen = Table(
    "screen",
    metadata,
    Column("content_hash", LargeBinary, primary_key=True, comment="SHA-256 of the content"),
    Column("content", Text, nullable=False, comment="what was shown, without personal data"),
    Column("language", String(35), nullable=False),
    Column("first_shown_at", Instant, nullable=False),
)

receipt = Table(
    "receipt",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False),
    Column("act", String(16), nullable=False, comment="given, refused, withdrawn, accepted"),
    Column("subject_kind", String(16), nullable=False, comment="purpose, notice or client"),
    Column("purpose_version", Uuid, ForeignKey("purpose_version.id")),
    Column("notice_version", Uuid, ForeignKey("notice_version.id")),
    Column("client", Uuid, ForeignKey("client.id")),
    Column("scopes", Json, comment="of a client grant"),
    Column("via_client", Uuid, ForeignKey("client.id"), comment="the app that led here"),
    Column("language", String(35), nullable=False),
    Column("screen", LargeBinary, ForeignKey("screen.content_hash"), nullable=False),
    Column("effective_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("sealed_jws", LargeBinary, nullable=False, comment="the signed receipt"),
)
Index("ix_receipt_customer", receipt.c.customer, receipt.c.recorded_at)

consent_state = Table(
    "consent_state",
    metadata,
    Column("customer", Uuid, ForeignKey("customer.id"), primary_key=True),
    Column("subject_kind", String(16), primary_key=True),
    Column("subject", Uuid, primary_key=True, comment="purpose or notice"),
    Column("state", String(16), nullable=False, comment="given, refused, withdrawn, accepted"),
    Column("version", Uuid, nullable=False, comment="purpose_version or notice_version"),
    Column("receipt", Uuid, ForeignKey("receipt.id"), nullable=False),
    Column("since", Instant, nullable=False),
)

disclosure = Table(
    "disclosure",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False),
    Column("client", Uuid, ForeignKey("client.id"), nullable=False),
    Column("items", Json, nullable=False, comment="names of the attributes, never their values"),
    Column("items_hash", LargeBinary, nullable=False),
    Column("basis", Uuid, nullable=False, comment="receipt of the consent it rests on"),
    Column("channel", String(32), nullable=False, comment="userinfo, id_token, api ..."),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("count", Counter, nullable=False),
    UniqueConstraint("customer", "client", "items_hash", "basis", "channel"),
)
