"""Passkeys: which credential is whose, and under which handle an authenticator knows a customer.

The credential itself (id, public key, name) lies sealed in its `authenticator` row; here is only
what has to be found or compared by one statement (Web Authentication Level 3 §4, §7.2).
"""

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, Table, Uuid

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Instant

passkey = Table(
    "passkey",
    metadata,
    Column("authenticator", Uuid, ForeignKey("authenticator.id"), primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False, index=True),
    Column("credential_hash", LargeBinary, nullable=False, unique=True, comment="SHA-256"),
    Column("sign_count", BigInteger, nullable=False, comment="the highest one seen"),
)

passkey_handle = Table(
    "passkey_handle",
    metadata,
    Column("customer", Uuid, ForeignKey("customer.id"), primary_key=True),
    Column("sealed_handle", LargeBinary, nullable=False, comment="user.id, random"),
    Column("created_at", Instant, nullable=False),
)
