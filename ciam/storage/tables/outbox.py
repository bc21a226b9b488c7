"""Background work: written by the transaction that causes it, carried out by a worker."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Uuid, text

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Instant

outbox = Table(
    "outbox",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(64), nullable=False, comment="the job that carries it out"),
    Column("sealed_payload", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("claimed_until", Instant),
    Column("claimed_by", String(64)),
    Column("done_at", Instant),
    Column("failed_at", Instant, comment="gave up: an operator looks"),
    Column("last_error", String(200), comment="class of the error, never its text"),
)
Index("ix_outbox_due", outbox.c.due_at, postgresql_where=outbox.c.done_at.is_(None))

outbox_cause = Table(
    "outbox_cause",
    metadata,
    Column("outbox", Uuid, ForeignKey("outbox.id", ondelete="CASCADE"), primary_key=True),
    Column("event", Uuid, nullable=False, comment="the audit event written beside it"),
)

schedule_claim = Table(
    "schedule_claim",
    metadata,
    Column("job", String(64), primary_key=True),
    Column("due_at", Instant, primary_key=True),
    Column("claimed_by", String(64), nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", Instant, nullable=False),
)
