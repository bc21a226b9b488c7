"""Brands: how the pages of a client look. Stored as the document an operator wrote."""

from typing import Any

from sqlalchemy import delete, select

from ciam.rendering.brands import Brand, BrandLinks
from ciam.storage.stores.store import Store
from ciam.storage.tables.config import brand


class BrandStore(Store):
    """Brands: how the pages of a client look."""

    async def get(self, key: str) -> Brand:
        """Give a brand, cached; the installation's own look when there is none of that key.

        All are loaded at once: a stranger may ask for any key, and a cache by key would grow.
        """
        known = await self.stores.cached(("brands",), self._load_all)
        return known.get(key) or Brand()

    async def put(self, key: str, document: dict[str, Any], *, managed_by: str) -> None:
        """Store a brand; the caller raises the generation."""
        values = {"document": document, "managed_by": managed_by, "updated_at": self.now}
        await self.connection.execute(
            self.insert(brand)
            .values(key=key, **values)
            .on_conflict_do_update(index_elements=["key"], set_=values)
        )

    async def remove(self, key: str) -> None:
        """Remove a brand that no client uses; the caller raises the generation."""
        await self.connection.execute(delete(brand).where(brand.c.key == key))

    async def list_documents(self) -> dict[str, dict[str, Any]]:
        """Give the document of every brand by its key."""
        rows = await self.connection.execute(select(brand.c.key, brand.c.document))
        return {row.key: row.document for row in rows}

    async def _load_all(self) -> dict[str, Brand]:
        documents = await self.list_documents()
        return {
            key: Brand(**{**document, "key": key, "links": BrandLinks(**document.get("links", {}))})
            for key, document in documents.items()
        }
