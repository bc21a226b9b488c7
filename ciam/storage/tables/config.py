"""What operators configure while it runs: brands, policies, attributes, the generation counter.

`config_generation` rises with every change of a client, key, brand, policy, purpose or notice; a
node that reads a higher one with a request's first query drops what it cached.
"""

from sqlalchemy import CheckConstraint, Column, Integer, String, Table, text

from ciam.storage.tables.metadata import metadata
from ciam.storage.types import Counter, Instant, Json

config_generation = Table(
    "config_generation",
    metadata,
    Column("id", Integer, primary_key=True, server_default=text("1")),
    Column("generation", Counter, nullable=False, server_default=text("1")),
    CheckConstraint("id = 1", name="single_row"),
)

brand = Table(
    "brand",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("document", Json, nullable=False),
    Column("managed_by", String(16), nullable=False),
    Column("updated_at", Instant, nullable=False),
)

policy = Table(
    "policy",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("document", Json, nullable=False),
    Column("managed_by", String(16), nullable=False),
    Column("updated_at", Instant, nullable=False),
)

attribute_definition = Table(
    "attribute_definition",
    metadata,
    Column("key", String(64), primary_key=True, comment="the name of the claim"),
    Column("document", Json, nullable=False),
    Column("managed_by", String(16), nullable=False),
    Column("updated_at", Instant, nullable=False),
)
