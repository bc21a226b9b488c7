"""Text messages that left: codes for each block of numbers and whether they were used, the cost.

No number is kept here: a block is 100,000 of them.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Instant

sms_block = Table(
    "sms_block",
    metadata,
    Column("block", String(16), primary_key=True, comment="E.164 but for the last five digits"),
    Column("codes", Integer, nullable=False, comment="sent since the block was last judged"),
    Column("used", Integer, nullable=False, comment="codes that came back"),
    Column("stopped_until", Instant),
    Column("expires_at", Instant, nullable=False),
)
Index("ix_sms_block_expires_at", sms_block.c.expires_at)

sms_day = Table(
    "sms_day",
    metadata,
    Column("day", String(10), primary_key=True, comment="UTC, YYYY-MM-DD"),
    Column("spent", BigInteger, nullable=False, comment="in the units of the policy's budget"),
    Column("messages", Integer, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
Index("ix_sms_day_expires_at", sms_day.c.expires_at)
