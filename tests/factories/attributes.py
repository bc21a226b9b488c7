"""Attributes that an operator defined, through the real rules."""

from typing import Any

from ciam.customers.attribute_document import AttributeDocument
from ciam.customers.definitions import put_definition
from ciam.storage import Database

INTERESTS = [
    {"value": "music", "labels": {"en": "Music", "ja": "音楽"}},
    {"value": "sports", "labels": {"en": "Sports", "ja": "スポーツ"}},
    {"value": "books", "labels": {"en": "Books", "ja": "本"}},
]


async def define(database: Database, key: str, **document: Any) -> None:  # noqa: ANN401 - as a file says it
    """Define an attribute, as applying a config file does."""
    async with database.write() as transaction:
        wanted = AttributeDocument.model_validate({"key": key, **document})
        await put_definition(transaction, wanted, managed_by="file")
        await transaction.config.raise_generation()
