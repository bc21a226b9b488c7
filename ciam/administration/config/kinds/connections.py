"""Connections in config files; their secrets go in by reference and never come out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ciam.administration.config.kind import Entry, added_or_changed, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ciam.administration.config.documents import ConfigDocument
    from ciam.storage import UnitOfWork


class Connections:
    """The social providers that are switched on."""

    name: Final = "connection"
    section: Final = "connections"

    def entries(self, document: ConfigDocument) -> Iterator[Entry]:
        """Give what a file says of connections."""
        return listed(self.section, "key", document)

    async def put(
        self, transaction: UnitOfWork, entry: Entry, *, is_known: bool, managed_by: str
    ) -> str | None:
        """Switch a connection on that differs, its secret sealed."""
        document, secret = entry.content.to_document(), entry.content.secret()
        stored = (await transaction.connections.list_documents()).get(entry.key)
        if stored == (document, secret):
            return None
        await transaction.connections.put(entry.key, document, secret=secret, managed_by=managed_by)
        return added_or_changed(is_known=is_known)

    async def remove(self, transaction: UnitOfWork, key: str) -> str:
        """Switch a connection off; what was linked by it stays."""
        await transaction.connections.disable(key)
        return "switched off"

    async def export(self, transaction: UnitOfWork, key: str) -> dict[str, Any]:
        """Give what is configured, and where the secret would be found."""
        document, secret = (await transaction.connections.list_documents())[key]
        given = {name: value for name, value in document.items() if value is not None}
        found = {"key": key, **given}
        if secret is not None:
            found["client_secret"] = f"${{env:{secret_variable(key)}}}"
        return found


def secret_variable(key: str) -> str:
    """Name the variable that an exported file expects a connection's secret in.

    A key has small letters, digits, `-` and `_`; a doubled `_` keeps the last two apart.
    """
    plain = key.upper().replace("_", "__").replace("-", "_")
    return f"CIAM_CONNECTION_SECRET_{plain}"
