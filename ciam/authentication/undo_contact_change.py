"""Take back what was done to an account since a moment: what both undos share, and "not me".

Whoever holds the old address or number says that they did not make the change (for 72 hours, by
its link). So whatever was added to the account from then on is somebody else's: addresses, numbers,
passwords, passkeys, apps, linked logins, and the messages by which these could be brought back.
The address and the number from before come back, and logins that were disconnected since.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.customers.credentials import end_access
from ciam.customers.identifiers import EMAIL, PHONE, parse_email
from ciam.errors import PageRefusal
from ciam.federation.linking import UNLINKED
from ciam.storage.stores.authenticators import PASSWORD, TOTP
from ciam.storage.stores.passkeys import PASSKEY
from ciam.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from ciam.storage import Database, UnitOfWork
    from ciam.storage.stores.contact_changes import ContactChange, ContactChangeStore
    from ciam.storage.stores.link_undos import LinkUndo

UNDO_TIME: Final = timedelta(hours=72)
LOGIN: Final = "login"
NAME: Final = "name"
"""Among what is removed: a linked login; an address, a number or a user name."""


@dataclass(frozen=True, slots=True)
class UndoKind:
    """One kind of contact: the page of its undo, its changes, how a value is looked up."""

    contact: str
    path: str
    changes: Callable[[UnitOfWork], ContactChangeStore]
    lookup_of: Callable[[str], str]
    event: EventKind
    reason: str


EMAIL_UNDO: Final = UndoKind(
    EMAIL,
    "/undo-email-change",
    lambda transaction: transaction.email_changes,
    lambda value: parse_email(value, old_carriers=True).lookup,
    EventKind.EMAIL_CHANGE_UNDONE,
    "email_change_undone",
)
PHONE_UNDO: Final = UndoKind(
    PHONE,
    "/undo-phone-change",
    lambda transaction: transaction.phone_changes,
    lambda value: value,
    EventKind.PHONE_CHANGE_UNDONE,
    "phone_change_undone",
)
KINDS: Final = (EMAIL_UNDO, PHONE_UNDO)


@dataclass(slots=True)
class TakenBack:
    """What was done: methods removed, contacts put back, contacts that could not be."""

    removed: list[str] = field(default_factory=list)
    restored: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)


async def find_undo(transaction: UnitOfWork, kind: UndoKind, token: str) -> ContactChange:
    """Give the change that a link undoes; raise PageRefusal when it cannot any more."""
    found = await kind.changes(transaction).find_open(token)
    if found is None:
        raise _too_late("no such change, or it is over")
    return found


async def undo_change(database: Database, kind: UndoKind, token: str) -> None:
    """Put the old contact back and end every session; nothing of the thief stays."""
    async with database.write() as transaction:
        found = await find_undo(transaction, kind, token)
        await transaction.customers.lock(found.customer)
        if not await kind.changes(transaction).claim_undo(found):
            raise _too_late("undone in this very moment")
        done = await take_back_since(
            transaction, found.customer, found.created_at, begins=(kind, found)
        )
        if kind.contact in done.lost:
            raise _too_late("another customer has the old one now")
        await end_access(transaction, found.customer, reason=kind.reason)


async def take_back_since(
    transaction: UnitOfWork,
    customer: UUID,
    since: datetime,
    *,
    begins: tuple[UndoKind, ContactChange] | None = None,
) -> TakenBack:
    """Remove what came since then and put back what was there; the caller ends access.

    `begins` is the change whose link was used, claimed already. The caller holds the lock.
    """
    done = TakenBack()
    changes: list[tuple[UndoKind, list[ContactChange]]] = []
    for kind in KINDS:
        taken = await kind.changes(transaction).take_since(customer, since)
        first = [begins[1]] if begins is not None and begins[0] is kind else []
        changes.append((kind, first + taken))
    new = {one.new_identifier for _, listed in changes for one in listed}
    await _remove_names(transaction, customer, since, new, done)
    await _remove_ways_in(transaction, customer, since, done)
    for kind, listed in changes:
        if listed:  # the first one tells what was there before
            await _restore(transaction, kind, listed[0], done)
    await _connect_what_was_disconnected(transaction, customer, since)
    return done


async def _remove_names(
    transaction: UnitOfWork,
    customer: UUID,
    since: datetime,
    new: set[UUID | None],
    done: TakenBack,
) -> None:
    for identifier in await transaction.identifiers.list_for(customer):
        is_changed = identifier.id in new
        if is_changed or (identifier.is_login and identifier.added_at >= since):
            await transaction.identifiers.remove(identifier.id)
            if identifier.kind != EMAIL and NAME not in done.removed:
                done.removed.append(NAME)


async def _remove_ways_in(
    transaction: UnitOfWork, customer: UUID, since: datetime, done: TakenBack
) -> None:
    for one in await transaction.authenticators.list_for(customer):
        if one.created_at < since:
            continue
        if one.method == PASSKEY:
            await transaction.passkeys.remove(one.id)
        else:
            await transaction.authenticators.remove(one.id)
        if one.method == TOTP:
            await transaction.recovery_codes.remove_all(customer)
        if one.method != PASSWORD and one.method not in done.removed:
            done.removed.append(one.method)
    await transaction.recovery_codes.remove_since(customer, since)
    for login in await transaction.external_identities.list_for(customer):
        if login.linked_at >= since:
            await transaction.external_identities.unlink(login.id)
            if LOGIN not in done.removed:
                done.removed.append(LOGIN)


async def _restore(
    transaction: UnitOfWork, kind: UndoKind, change: ContactChange, done: TakenBack
) -> None:
    """Put the contact back that was there before; it is lost where another customer has it now."""
    customer = change.customer
    if change.old_identifier is not None:
        old = await transaction.identifiers.find_removed(customer, change.old_identifier)
        if old is None or not await transaction.identifiers.restore(
            old.id, kind.lookup_of(old.value)
        ):
            done.lost.add(kind.contact)
            return
        done.restored.add(kind.contact)
    await record(transaction, kind.event, actor=Actor.customer(customer), customer=customer)


async def _connect_what_was_disconnected(
    transaction: UnitOfWork, customer: UUID, since: datetime
) -> None:
    """Link again what was the owner's before; whoever has it by now keeps it."""
    first: dict[tuple[str, str], LinkUndo] = {}
    for act in await transaction.link_undos.end_since(customer, since):
        first.setdefault((act.identity["issuer"], act.identity["subject"]), act)
    for act in first.values():
        if act.act == UNLINKED:  # the first thing that happened to it: it was there before
            await transaction.external_identities.link(customer, **act.identity)


def _too_late(cause: str) -> PageRefusal:
    return PageRefusal(
        cause,
        code="undo_gone",
        text=Text(
            "This change can no longer be undone with this link."
            " If your account is not in your hands, please write to us."
        ),
    )
