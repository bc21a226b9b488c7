"""Clients in config files; their secrets go in by reference and never come out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ciam.administration.config.kind import Entry, added_or_changed, listed
from ciam.errors import Misconfigured
from ciam.identifiers import hash_secret, is_same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ciam.administration.config.documents import ConfigDocument
    from ciam.oauth.registration import ClientConfig
    from ciam.storage import UnitOfWork

_Stored = tuple[dict[str, Any], bytes | None, str | None]


class Clients:
    """The software registered with us."""

    name: Final = "client"
    section: Final = "clients"

    def entries(self, document: ConfigDocument) -> Iterator[Entry]:
        """Give what a file says of clients."""
        return listed(self.section, "client_id", document)

    async def put(
        self, transaction: UnitOfWork, entry: Entry, *, is_known: bool, managed_by: str
    ) -> str | None:
        """Register a client that differs; raise Misconfigured for a brand that is not there."""
        client: ClientConfig = entry.content
        brands = await transaction.brands.list_documents()
        if client.brand is not None and client.brand not in brands:
            raise Misconfigured(f"client {client.client_id}: there is no brand {client.brand}")
        stored = (await transaction.clients.list_documents()).get(client.client_id)
        if stored is not None and not _differs(client, stored):
            return None
        await transaction.clients.put(
            client.client_id,
            client.to_document(),
            secret_hash=_secret_hash(client),
            brand=client.brand,
            managed_by=managed_by,
        )
        return added_or_changed(is_known=is_known)

    async def remove(self, transaction: UnitOfWork, key: str) -> str:
        """Refuse a client from now on; what it was granted stays recorded."""
        await transaction.clients.disable(key)
        return "disabled"

    async def export(self, transaction: UnitOfWork, key: str) -> dict[str, Any]:
        """Give the metadata, and where the secret would be found."""
        document, secret_hash, brand = (await transaction.clients.list_documents())[key]
        found = {"client_id": key, **{k: v for k, v in document.items() if v is not None}}
        if secret_hash is not None:
            found["client_secret"] = f"${{env:{secret_variable(key)}}}"
        return found if brand is None else {**found, "brand": brand}


def secret_variable(client_id: str) -> str:
    """Name the variable that an exported file expects a client's secret in.

    What a variable cannot be called is written as its code, so two clients never share one.
    """
    plain = "".join(
        letter.upper() if letter.isalnum() and not letter.isupper() else f"_{ord(letter):02X}_"
        for letter in client_id
    )
    return f"CIAM_CLIENT_SECRET_{plain}"


def _differs(client: ClientConfig, stored: _Stored) -> bool:
    document, secret_hash, brand = stored
    has_same_secret = is_same(_secret_hash(client) or b"", secret_hash or b"")
    return document != client.to_document() or brand != client.brand or not has_same_secret


def _secret_hash(client: ClientConfig) -> bytes | None:
    secret = client.client_secret
    return None if secret is None else hash_secret(secret.get_secret_value())
