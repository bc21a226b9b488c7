"""Editing what is configured, from the console and its API: apps, purposes, notices, attributes.

An entry has one owner. What config files own is not changed here, unless the operator takes it
over; then the files may not change it any more. Everything is recorded with who, what and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from ciam.administration.config.apply import BY_CONSOLE, BY_FILE
from ciam.administration.config.kinds import KINDS
from ciam.administration.differences import Difference, list_differences
from ciam.administration.operators import check_reason
from ciam.audit.events import EventKind
from ciam.audit.trail import record
from ciam.consent.notices import NoticeDocument, put_notice
from ciam.consent.purposes import PurposeDocument, put_purpose
from ciam.customers.definitions import BadDefinition, put_definition
from ciam.errors import FormRefused, Misconfigured
from ciam.identifiers import hash_secret, new_secret
from ciam.texts import Text

if TYPE_CHECKING:
    from ciam.administration.sign_in import Desk
    from ciam.customers.attribute_document import AttributeDocument
    from ciam.oauth.registration import ClientMetadata
    from ciam.storage import UnitOfWork

Editable = Literal["client", "purpose", "notice", "attribute"]
_PUBLIC: Final = "none"


@dataclass(frozen=True, slots=True)
class Intent:
    """Who changes something, why, and whether they take it from the config files."""

    desk: Desk
    reason: str
    takes_over: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of a change; `differences` is empty when nothing differs."""

    is_new: bool
    differences: tuple[Difference, ...]
    asks_again: bool = False
    """Whether everybody is asked for consent again."""
    secret: str | None = field(default=None, repr=False)
    """The new secret of an app, told once."""


async def save_client(
    transaction: UnitOfWork,
    intent: Intent,
    client_id: str,
    metadata: ClientMetadata,
    *,
    brand: str | None = None,
    renews_secret: bool = False,
) -> Saved:
    """Register an app or change it; one that authenticates gets a secret of ours when it has none.

    Raise FormRefused for a brand that is not there, and for what config files own.
    """
    check_reason(intent.reason)
    await _check_owner(transaction, intent, "client", client_id)
    if brand is not None and brand not in await transaction.brands.list_documents():
        cause = "no such brand"
        raise FormRefused(cause, errors={"brand": Text("There is no such brand.")})
    stored = next(
        (one for one in await transaction.clients.list_stored() if one.client_id == client_id), None
    )
    secret_hash, secret = None if stored is None else stored.secret_hash, None
    if metadata.token_endpoint_auth_method == _PUBLIC:
        secret_hash = None
    elif secret_hash is None or renews_secret:
        secret = new_secret("cs")
        secret_hash = hash_secret(secret)
    before = {} if stored is None else {**stored.document, "brand": stored.brand}
    differences = list_differences(before, {**metadata.to_document(), "brand": brand})
    is_live = stored is not None and stored.disabled_at is None
    if is_live and not differences and secret is None and not intent.takes_over:
        return Saved(is_new=False, differences=())
    await transaction.clients.put(
        client_id,
        metadata.to_document(),
        secret_hash=secret_hash,
        brand=brand,
        managed_by=BY_CONSOLE,
    )
    await transaction.config.raise_generation()
    await record(
        transaction,
        EventKind.CLIENT_CHANGED,
        actor=intent.desk.actor,
        client=client_id,
        reason=intent.reason.strip(),
        changed=sorted({one.place.partition(".")[0] for one in differences}),
        new_secret=secret is not None,
    )
    return Saved(stored is None, tuple(differences), secret=secret)


async def save_purpose(transaction: UnitOfWork, intent: Intent, document: PurposeDocument) -> Saved:
    """Store a purpose as a new version; raise FormRefused for what may not be said of it."""
    check_reason(intent.reason)
    await _check_owner(transaction, intent, "purpose", document.key)
    before = await transaction.purposes.list_versions(document.key)
    try:
        version = await put_purpose(transaction, document, managed_by=BY_CONSOLE)
    except Misconfigured as error:
        raise FormRefused(
            error.cause,
            errors={
                "asks_again": Text("What changed needs new consent: everybody is asked again.")
            },
        ) from error
    asks_again = version is not None and bool(before) and version.asks_again
    return await _saved(
        transaction,
        intent,
        f"purpose {document.key}",
        before[-1].document if before else {},
        document.model_dump(mode="json", exclude={"asks_again"}),
        is_new=not before,
        asks_again=asks_again,
    )


async def save_notice(transaction: UnitOfWork, intent: Intent, document: NoticeDocument) -> Saved:
    """Publish a version of a notice; raise FormRefused where it is published with other words."""
    check_reason(intent.reason)
    await _check_owner(transaction, intent, "notice", document.key)
    before = await transaction.notices.list_versions(document.key)
    try:
        version = await put_notice(transaction, document, managed_by=BY_CONSOLE)
    except Misconfigured as error:
        raise FormRefused(
            error.cause,
            errors={
                "version": Text("This version is published and cannot change. Name a new one.")
            },
        ) from error
    return await _saved(
        transaction,
        intent,
        f"notice {document.key}",
        before[-1].document if before else {},
        document.model_dump(mode="json"),
        is_new=not before,
        asks_again=version is not None and bool(before) and version.asks_again,
    )


async def save_attribute(
    transaction: UnitOfWork, intent: Intent, document: AttributeDocument
) -> Saved:
    """Define an attribute, or change it; raise FormRefused for what may not be said of it."""
    check_reason(intent.reason)
    await _check_owner(transaction, intent, "attribute", document.key)
    stored = (await transaction.attribute_definitions.list_documents()).get(document.key)
    try:
        changed = await put_definition(transaction, document, managed_by=BY_CONSOLE)
    except BadDefinition as error:
        raise FormRefused(error.cause, errors={"document": error.text}) from error
    if changed:
        await transaction.config.raise_generation()
    return await _saved(
        transaction,
        intent,
        f"attribute {document.key}",
        stored or {},
        document.to_stored(),
        is_new=stored is None,
        asks_again=False,
    )


async def end_entry(transaction: UnitOfWork, intent: Intent, kind: Editable, key: str) -> bool:
    """Disable an app, retire a purpose or notice, or end an attribute; False when not in use."""
    check_reason(intent.reason)
    owners = await transaction.ownership.list_owners(kind)
    if key not in owners or not owners[key].is_live:
        return False
    await _check_owner(transaction, intent, kind, key)
    what = await next(one for one in KINDS if one.name == kind).remove(transaction, key)
    await transaction.config.raise_generation()
    await transaction.ownership.hand_over(kind, key, managed_by=BY_CONSOLE)
    await _record(transaction, intent, f"{kind} {key}: {what}")
    return True


async def _check_owner(transaction: UnitOfWork, intent: Intent, kind: Editable, key: str) -> None:
    owner = (await transaction.ownership.list_owners(kind)).get(key)
    if owner is not None and owner.managed_by == BY_FILE and not intent.takes_over:
        cause = f"{kind} {key} is managed by config files"
        said = Text("Config files manage this. Change it there, or take it over below.")
        raise FormRefused(cause, errors={"takes_over": said})


async def _saved(
    transaction: UnitOfWork,
    intent: Intent,
    name: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    is_new: bool,
    asks_again: bool,
) -> Saved:
    differences = list_differences(before, after)
    kind, _, key = name.partition(" ")
    assert kind in {"purpose", "notice", "attribute"}  # noqa: S101 - the callers
    if intent.takes_over and not is_new:
        await transaction.ownership.hand_over(kind, key, managed_by=BY_CONSOLE)  # type: ignore[arg-type]  # one of them
    if differences or intent.takes_over:
        again = ", everybody is asked again" if asks_again else ""
        await _record(transaction, intent, f"{name}: {'added' if is_new else 'changed'}{again}")
    return Saved(is_new, tuple(differences), asks_again=asks_again)


async def _record(transaction: UnitOfWork, intent: Intent, change: str) -> None:
    await record(
        transaction,
        EventKind.CONFIG_APPLIED,
        actor=intent.desk.actor,
        changes=[change],
        reason=intent.reason.strip(),
    )
