"""Attributes of customers in config files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ciam.administration.config.kind import Entry, added_or_changed, listed
from ciam.customers.attribute_document import AttributeDocument
from ciam.customers.definitions import put_definition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ciam.administration.config.documents import ConfigDocument
    from ciam.storage import UnitOfWork


class Attributes:
    """What is known of customers, and when they are asked for it."""

    name: Final = "attribute"
    section: Final = "attributes"

    def entries(self, document: ConfigDocument) -> Iterator[Entry]:
        """Give what a file says of attributes."""
        return listed(self.section, "key", document)

    async def put(
        self, transaction: UnitOfWork, entry: Entry, *, is_known: bool, managed_by: str
    ) -> str | None:
        """Store a definition that differs."""
        definition = entry.content.to_definition()
        if not await put_definition(transaction, definition, managed_by=managed_by):
            return None
        return added_or_changed(is_known=is_known)

    async def remove(self, transaction: UnitOfWork, key: str) -> str:
        """Remove a definition; what customers said stays with them."""
        await transaction.attribute_definitions.remove(key)
        return "removed, values stay"

    async def export(self, transaction: UnitOfWork, key: str) -> dict[str, Any]:
        """Give what was written, without what is not said."""
        stored = (await transaction.attribute_definitions.list_documents())[key]
        document = AttributeDocument.model_validate({**stored, "key": key})
        return document.model_dump(mode="json", exclude_defaults=True)
