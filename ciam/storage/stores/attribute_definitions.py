"""Definitions of attributes, each stored as the document an operator wrote."""

from typing import Any

from sqlalchemy import delete, select

from ciam.storage.stores.store import Store
from ciam.storage.tables.config import attribute_definition


class AttributeDefinitionStore(Store):
    """Definitions of attributes."""

    async def put(self, key: str, document: dict[str, Any], *, managed_by: str) -> None:
        """Store a definition; the caller raises the generation."""
        values = {"document": document, "managed_by": managed_by, "updated_at": self.now}
        await self.connection.execute(
            self.insert(attribute_definition)
            .values(key=key, **values)
            .on_conflict_do_update(index_elements=["key"], set_=values)
        )

    async def remove(self, key: str) -> None:
        """Remove a definition; values stay. The caller raises the generation."""
        await self.connection.execute(
            delete(attribute_definition).where(attribute_definition.c.key == key)
        )

    async def list_documents(self) -> dict[str, dict[str, Any]]:
        """Give the document of every definition by its key."""
        rows = await self.connection.execute(
            select(attribute_definition.c.key, attribute_definition.c.document).order_by(
                attribute_definition.c.key
            )
        )
        return {row.key: row.document for row in rows}
