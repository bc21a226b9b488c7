"""Risk: how a sign-in was judged, and the mailed links by which its owner says "not me".

Where somebody was stands sealed with the customer's key; what is compared over customers, their
network, is a keyed hash.
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Uuid

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Instant

risk_assessment = Table(
    "risk_assessment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False),
    Column("assessed_at", Instant, nullable=False),
    Column("verdict", String(16), nullable=False, comment="allow, ask, refuse"),
    Column("score", Integer, nullable=False),
    Column("mode", String(16), nullable=False, comment="observe, enforce"),
    Column("network_hash", LargeBinary, nullable=False, comment="keyed hash"),
    Column("signed_in_at", Instant, comment="null: it did not end in a session"),
    Column("sealed_context", LargeBinary, comment="country and signals"),
    Column("expires_at", Instant, nullable=False),
)
Index("ix_risk_assessment_customer", risk_assessment.c.customer, risk_assessment.c.assessed_at)
Index("ix_risk_assessment_network", risk_assessment.c.network_hash, risk_assessment.c.assessed_at)
Index("ix_risk_assessment_expires_at", risk_assessment.c.expires_at)

sign_in_dispute = Table(
    "sign_in_dispute",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer", Uuid, ForeignKey("customer.id"), nullable=False, index=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("signed_in_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("sealed_context", LargeBinary, comment="device and country, as the mail said"),
)
