"""Brands: how the pages of a client look. Stored as the document an operator wrote."""

from typing import Any

from sqlalchemy import delete, select

from ciam.rendering.brands import Brand, BrandLinks
from ciam.storage.stores.store import Store
from ciam.storage.tables.config import brand


class BrandStore(Store):
    """Brands: how the pages of a client look."""

    async def get(self, key: str) -> Brand:
        """Give a brand, cached; the installation's own look when there is none of that key."""
        found = await self.stores.cached(("brand", key), lambda: self._load(key))
        return found or Brand()

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

    async def _load(self, key: str) -> Brand | None:
        document = await self.connection.scalar(select(brand.c.document).where(brand.c.key == key))
        if document is None:
            return None
        links = BrandLinks(**document.get("links", {}))
        return Brand(**{**document, "key": key, "links": links})
