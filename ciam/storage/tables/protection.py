"""Counters of attempts: exact over nodes, because each step is one statement."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Instant

attempt_counter = Table(
    "attempt_counter",
    metadata,
    Column("limit", String(32), primary_key=True, comment="name of the limit"),
    Column("key_hash", LargeBinary, primary_key=True, comment="keyed hash of what is counted"),
    Column("window_start", Instant, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
Index("ix_attempt_counter_expires_at", attempt_counter.c.expires_at)
