"""Notices in config files: one version of each; versions published before stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ciam.administration.config.kind import Entry, listed
from ciam.consent.notices import put_notice, retire_notice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ciam.administration.config.documents import ConfigDocument
    from ciam.storage import UnitOfWork


class Notices:
    """The texts that people accept."""

    name: Final = "notice"
    section: Final = "notices"

    def entries(self, document: ConfigDocument) -> Iterator[Entry]:
        """Give what a file says of notices."""
        return listed(self.section, "key", document)

    async def put(
        self, transaction: UnitOfWork, entry: Entry, *, is_known: bool, managed_by: str
    ) -> str | None:
        """Publish a version that is not there yet."""
        version = await put_notice(transaction, entry.content.to_notice(), managed_by=managed_by)
        if version is None:
            return None
        again = ", everybody is asked again" if is_known and version.asks_again else ""
        return f"version {version.version}{again}"

    async def remove(self, transaction: UnitOfWork, key: str) -> str:
        """Stop asking for a notice."""
        await retire_notice(transaction, key)
        return "retired"

    async def export(self, transaction: UnitOfWork, key: str) -> dict[str, Any]:
        """Give the newest version, as it was written."""
        return (await transaction.notices.list_versions(key))[-1].document
