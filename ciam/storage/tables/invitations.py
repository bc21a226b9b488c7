"""Invitations of customers: an address that somebody may register with by a mailed link.

A row goes as soon as it is used or replaced, so that nothing of the address outlives the customer.
"""

from sqlalchemy import Column, LargeBinary, String, Table, Uuid

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Instant

customer_invitation = Table(
    "customer_invitation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("link_hash", LargeBinary, nullable=False, unique=True),
    Column("sealed_address", LargeBinary, nullable=False),
    Column("address_hash", LargeBinary, nullable=False, index=True, comment="keyed hash"),
    Column("invited_by", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)
