"""Bring the database to what the files say: one transaction, and nothing when nothing differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.consent.notices import put_notice
from ciam.consent.purposes import put_purpose
from ciam.errors import Misconfigured
from ciam.identifiers import hash_secret, is_same

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ciam.administration.config.documents import ConfigDocument
    from ciam.oauth.registration import ClientConfig
    from ciam.storage import UnitOfWork

MANAGED_BY = "file"


async def apply_config(
    transaction: UnitOfWork, documents: Sequence[ConfigDocument], *, operator: str
) -> list[str]:
    """Apply files in order; gives what changed, a line each. Applying again gives nothing."""
    changes: list[str] = []
    for document in documents:
        changes += await _apply_brands(transaction, document)
        changes += await _apply_policies(transaction, document)
        for notice in document.notices:
            if await put_notice(transaction, notice, managed_by=MANAGED_BY):
                changes.append(f"notice {notice.key}: version {notice.version}")
        for purpose in document.purposes:
            stored = await put_purpose(transaction, purpose, managed_by=MANAGED_BY)
            if stored:
                changes.append(f"purpose {purpose.key}: version {stored.version}")
        changes += await _apply_clients(transaction, document)
    if changes:
        await transaction.config.raise_generation()
        await record(
            transaction,
            EventKind.CONFIG_APPLIED,
            actor=Actor.operator(operator),
            changes=changes,
        )
    return changes


async def _apply_brands(transaction: UnitOfWork, document: ConfigDocument) -> list[str]:
    known = await transaction.brands.list_documents()
    changes = []
    for brand in document.brands:
        wanted = brand.to_document()
        if known.get(brand.key) != wanted:
            await transaction.brands.put(brand.key, wanted, managed_by=MANAGED_BY)
            changes.append(f"brand {brand.key}: {_verb(brand.key in known)}")
    return changes


async def _apply_policies(transaction: UnitOfWork, document: ConfigDocument) -> list[str]:
    known = await transaction.policies.list_documents()
    changes = []
    for section in type(document.policies).model_fields:
        policy = getattr(document.policies, section)
        if policy is None:
            continue
        wanted = policy.model_dump(mode="json", exclude_unset=True)
        if known.get(section) != wanted:
            await transaction.policies.put(section, wanted, managed_by=MANAGED_BY)
            changes.append(f"policy {section}: {_verb(section in known)}")
    return changes


async def _apply_clients(transaction: UnitOfWork, document: ConfigDocument) -> list[str]:
    known = await transaction.clients.list_documents()
    brands = await transaction.brands.list_documents()
    changes = []
    for client in document.clients:
        if client.brand is not None and client.brand not in brands:
            raise Misconfigured(f"client {client.client_id}: there is no brand {client.brand}")
        if client.state == "absent":
            if client.client_id in known:
                await transaction.clients.disable(client.client_id)
                changes.append(f"client {client.client_id}: disabled")
        elif _differs(client, known.get(client.client_id)):
            await transaction.clients.put(
                client.client_id,
                client.to_document(),
                secret_hash=_secret_hash(client),
                brand=client.brand,
                managed_by=MANAGED_BY,
            )
            changes.append(f"client {client.client_id}: {_verb(client.client_id in known)}")
    return changes


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


def _verb(*was_known: bool) -> str:
    return "changed" if all(was_known) else "added"
