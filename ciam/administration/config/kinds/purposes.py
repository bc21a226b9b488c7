"""Purposes in config files: a document that differs from the newest version is the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ciam.administration.config.kind import Entry, listed
from ciam.consent.purposes import put_purpose, retire_purpose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ciam.administration.config.documents import ConfigDocument
    from ciam.storage import UnitOfWork


class Purposes:
    """What people are asked to consent to."""

    name: Final = "purpose"
    section: Final = "purposes"

    def entries(self, document: ConfigDocument) -> Iterator[Entry]:
        """Give what a file says of purposes."""
        return listed(self.section, "key", document)

    async def put(
        self, transaction: UnitOfWork, entry: Entry, *, is_known: bool, managed_by: str
    ) -> str | None:
        """Store a version that differs from the newest."""
        version = await put_purpose(transaction, entry.content.to_purpose(), managed_by=managed_by)
        if version is None:
            return None
        again = ", everybody is asked again" if is_known and version.asks_again else ""
        return f"version {version.version}{again}"

    async def remove(self, transaction: UnitOfWork, key: str) -> str:
        """Stop asking for a purpose, and releasing for it."""
        await retire_purpose(transaction, key)
        return "retired"

    async def export(self, transaction: UnitOfWork, key: str) -> dict[str, Any]:
        """Give the newest version, as it was written."""
        return (await transaction.purposes.list_versions(key))[-1].document
