"""Brands in config files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ciam.administration.config.kind import Entry, added_or_changed, listed
from ciam.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ciam.administration.config.documents import ConfigDocument
    from ciam.storage import UnitOfWork


class Brands:
    """How the pages of a client look."""

    name: Final = "brand"
    section: Final = "brands"

    def entries(self, document: ConfigDocument) -> Iterator[Entry]:
        """Give what a file says of brands."""
        return listed(self.section, "key", document)

    async def put(
        self, transaction: UnitOfWork, entry: Entry, *, is_known: bool, managed_by: str
    ) -> str | None:
        """Store a brand that differs."""
        wanted = entry.content.to_document()
        if (await transaction.brands.list_documents()).get(entry.key) == wanted:
            return None
        await transaction.brands.put(entry.key, wanted, managed_by=managed_by)
        return added_or_changed(is_known=is_known)

    async def remove(self, transaction: UnitOfWork, key: str) -> str:
        """Remove a brand that no client in use names."""
        users = await transaction.clients.forget_brand(key)
        if users:
            raise Misconfigured(f"brand {key}: the clients {', '.join(users)} still name it")
        await transaction.brands.remove(key)
        return "removed"

    async def export(self, transaction: UnitOfWork, key: str) -> dict[str, Any]:
        """Give the brand's document."""
        return {"key": key, **(await transaction.brands.list_documents())[key]}
