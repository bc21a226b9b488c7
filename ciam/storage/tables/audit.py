"""Audit: events as they are written, and the Merkle log a sequencer puts them into (RFC 6962).

An event names a customer only by a pseudonym made with that customer's data key, which can be
destroyed. Its leaf commits to the content with a salt, so the log verifies after an erasure and
gives nothing away.
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, Uuid

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Counter, Instant, Json

audit_event = Table(
    "audit_event",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(64), nullable=False, comment="of the event catalogue"),
    Column("occurred_at", Instant, nullable=False),
    Column("actor_kind", String(16), nullable=False, comment="customer, client, operator, server"),
    Column("actor", String(64), comment="pseudonym, client_id or operator"),
    Column("customer", String(64), comment="pseudonym"),
    Column("client", String(255)),
    Column("details", Json, nullable=False, comment="no personal data, no secrets"),
    Column("salt", LargeBinary, nullable=False),
    Column("mac", LargeBinary, nullable=False, comment="by a key of the server: it wrote this row"),
    Column("leaf_index", Counter, unique=True, comment="null: not yet sequenced"),
)
Index(
    "ix_audit_event_pending",
    audit_event.c.id,
    postgresql_where=audit_event.c.leaf_index.is_(None),
    sqlite_where=audit_event.c.leaf_index.is_(None),
)
Index("ix_audit_event_customer", audit_event.c.customer, audit_event.c.occurred_at)

audit_leaf = Table(
    "audit_leaf",
    metadata,
    Column("leaf_index", Counter, primary_key=True, autoincrement=False),
    Column("event", Uuid, ForeignKey("audit_event.id"), nullable=False, unique=True),
    Column("leaf_hash", LargeBinary, nullable=False),
)

audit_node = Table(
    "audit_node",
    metadata,
    Column("level", Integer, primary_key=True, comment="8, 16 ...: root of 2^level leaves"),
    Column("node_index", Counter, primary_key=True, autoincrement=False),
    Column("node_hash", LargeBinary, nullable=False),
)

audit_checkpoint = Table(
    "audit_checkpoint",
    metadata,
    Column("tree_size", Counter, primary_key=True, autoincrement=False),
    Column("root_hash", LargeBinary, nullable=False),
    Column("note", Text, nullable=False, comment="signed note (C2SP tlog-checkpoint)"),
    Column("created_at", Instant, nullable=False),
)
