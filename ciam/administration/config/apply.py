"""Bring the database to what the files say: one transaction, and nothing when nothing differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ciam.administration.config.documents import Absent, AbsentClient, AbsentConnection
from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.consent.notices import put_notice, retire_notice
from ciam.consent.purposes import put_purpose, retire_purpose
from ciam.errors import Misconfigured
from ciam.identifiers import hash_secret, is_same

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from ciam.administration.config.loading import LoadedConfig
    from ciam.oauth.registration import ClientConfig
    from ciam.storage import UnitOfWork

MANAGED_BY = "file"


async def apply_config(
    transaction: UnitOfWork, loaded: Sequence[LoadedConfig], *, operator: str
) -> list[str]:
    """Apply files in order; gives what changed, a line each. Applying again gives nothing.

    What a file does not name is left as it is: another file, or the console, may own it. Raise
    Misconfigured with file and line; then nothing is kept.
    """
    changes: list[str] = []
    for config in loaded:
        for step in _STEPS:
            changes += [change async for change in step(transaction, config)]
    if changes:
        await transaction.config.raise_generation()
        await record(
            transaction,
            EventKind.CONFIG_APPLIED,
            actor=Actor.operator(operator),
            changes=changes,
        )
    return changes


async def _apply_brands(transaction: UnitOfWork, config: LoadedConfig) -> AsyncIterator[str]:
    known = await transaction.brands.list_documents()
    for brand in config.document.brands:
        wanted = brand.to_document()
        if known.get(brand.key) != wanted:
            await transaction.brands.put(brand.key, wanted, managed_by=MANAGED_BY)
            yield f"brand {brand.key}: {_verb(brand.key in known)}"


async def _apply_policies(transaction: UnitOfWork, config: LoadedConfig) -> AsyncIterator[str]:
    known = await transaction.policies.list_documents()
    for section in type(config.document.policies).model_fields:
        policy = getattr(config.document.policies, section)
        if policy is None:
            continue
        wanted = policy.model_dump(mode="json", exclude_unset=True)
        if known.get(section) != wanted:
            await transaction.policies.put(section, wanted, managed_by=MANAGED_BY)
            yield f"policy {section}: {_verb(section in known)}"


async def _apply_notices(transaction: UnitOfWork, config: LoadedConfig) -> AsyncIterator[str]:
    for index, notice in enumerate(config.document.notices):
        with config.at("notices", index):
            if isinstance(notice, Absent):
                if await retire_notice(transaction, notice.key):
                    yield f"notice {notice.key}: retired"
            elif await put_notice(transaction, notice, managed_by=MANAGED_BY):
                yield f"notice {notice.key}: version {notice.version}"


async def _apply_purposes(transaction: UnitOfWork, config: LoadedConfig) -> AsyncIterator[str]:
    for index, purpose in enumerate(config.document.purposes):
        with config.at("purposes", index):
            if isinstance(purpose, Absent):
                if await retire_purpose(transaction, purpose.key):
                    yield f"purpose {purpose.key}: retired"
                continue
            stored = await put_purpose(transaction, purpose, managed_by=MANAGED_BY)
            if stored:
                yield f"purpose {purpose.key}: version {stored.version}"


async def _apply_clients(transaction: UnitOfWork, config: LoadedConfig) -> AsyncIterator[str]:
    known = await transaction.clients.list_documents()
    brands = await transaction.brands.list_documents()
    for index, client in enumerate(config.document.clients):
        if isinstance(client, AbsentClient):
            if client.client_id in known:
                await transaction.clients.disable(client.client_id)
                yield f"client {client.client_id}: disabled"
            continue
        with config.at("clients", index, "brand"):
            if client.brand is not None and client.brand not in brands:
                raise Misconfigured(f"client {client.client_id}: there is no brand {client.brand}")
        if _differs(client, known.get(client.client_id)):
            await transaction.clients.put(
                client.client_id,
                client.to_document(),
                secret_hash=_secret_hash(client),
                brand=client.brand,
                managed_by=MANAGED_BY,
            )
            yield f"client {client.client_id}: {_verb(client.client_id in known)}"


async def _apply_connections(transaction: UnitOfWork, config: LoadedConfig) -> AsyncIterator[str]:
    known = await transaction.connections.list_documents()
    for connection in config.document.connections:
        key = connection.key
        if isinstance(connection, AbsentConnection):
            if key in known:
                await transaction.connections.disable(key)
                yield f"connection {key}: switched off"
            continue
        wanted = connection.to_document(), connection.secret()
        if known.get(key) != wanted:
            document, secret = wanted
            await transaction.connections.put(key, document, secret=secret, managed_by=MANAGED_BY)
            yield f"connection {key}: {_verb(key in known)}"


# Brands before the clients that name them.
_STEPS = (
    _apply_brands,
    _apply_policies,
    _apply_notices,
    _apply_purposes,
    _apply_clients,
    _apply_connections,
)


def _differs(
    client: ClientConfig, known: tuple[dict[str, Any], bytes | None, str | None] | None
) -> bool:
    if known is None:
        return True
    document, secret_hash, brand = known
    has_same_secret = is_same(_secret_hash(client) or b"", secret_hash or b"")
    return document != client.to_document() or brand != client.brand or not has_same_secret


def _secret_hash(client: ClientConfig) -> bytes | None:
    secret = client.client_secret
    return None if secret is None else hash_secret(secret.get_secret_value())


def _verb(was_known: bool) -> str:  # noqa: FBT001 - one word for one fact
    return "changed" if was_known else "added"
