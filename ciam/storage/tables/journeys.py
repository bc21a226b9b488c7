"""Journeys: a sign-in, sign-up or recovery under way, and the proofs mailed for it.

Sign-up lives wholly in the sealed state of its journey: there is no half-made customer to hijack.
"""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, Uuid, text

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Instant

journey = Table(
    "journey",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("handle_hash", LargeBinary, nullable=False, unique=True),
    Column("browser_hash", LargeBinary, nullable=False, comment="the browser it is bound to"),
    Column("kind", String(16), nullable=False, comment="sign_in, sign_up, recovery, change"),
    Column("sealed_state", LargeBinary, nullable=False),
    Column("revision", Integer, nullable=False, server_default=text("0")),
    Column("customer", Uuid, ForeignKey("customer.id")),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("finished_at", Instant),
)

proof = Table(
    "proof",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("journey", Uuid, ForeignKey("journey.id", ondelete="CASCADE"), index=True),
    Column("purpose", String(32), nullable=False, comment="verify_email, reset_password ..."),
    Column("target_hash", LargeBinary, nullable=False, comment="keyed hash of the address"),
    Column("code_hash", LargeBinary, nullable=False, comment="keyed hash of the digits"),
    Column("link_hash", LargeBinary, unique=True),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("used_at", Instant),
    Column("void_at", Instant, comment="replaced by a newer one, or the journey ended"),
)
