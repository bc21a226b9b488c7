"""Undo a change of address: the old one comes back, and what was done since does not stay.

Whoever holds the old address says that they did not make the change. So whatever was added to the
account from then on is somebody else's: addresses, passwords, passkeys, apps, linked logins, and
the mails by which these could be brought back. Logins that were disconnected since come back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.customers.credentials import end_access
from ciam.customers.identifiers import parse_email
from ciam.errors import PageRefusal
from ciam.federation.linking import UNLINKED
from ciam.storage.stores.passkeys import PASSKEY
from ciam.texts import Text

if TYPE_CHECKING:
    from ciam.storage import Database, UnitOfWork
    from ciam.storage.stores.email_changes import EmailChange
    from ciam.storage.stores.link_undos import LinkUndo


async def find_undo(transaction: UnitOfWork, token: str) -> EmailChange:
    """Give the change that a mailed link undoes; raise PageRefusal when it cannot any more."""
    found = await transaction.email_changes.find_open(token)
    if found is None:
        raise _too_late("no such change, or it is over")
    return found


async def undo_change(database: Database, token: str) -> None:
    """Put the old address back and end every session; nothing of the thief stays."""
    async with database.write() as transaction:
        found = await find_undo(transaction, token)
        await transaction.customers.lock(found.customer)
        if not await transaction.email_changes.claim_undo(found):
            raise _too_late("undone in this very moment")
        await _remove_what_came_since(transaction, found)
        if not await _restore(transaction, found):
            raise _too_late("another customer has the old address now")
        await _connect_what_was_disconnected(transaction, found)
        await end_access(transaction, found.customer, reason="email_change_undone")


async def put_back(transaction: UnitOfWork, change: EmailChange) -> bool:
    """Put the old address back in place of the new one; False when that cannot be done any more.

    The caller holds the customer's lock and ends what the change opened.
    """
    if not await transaction.email_changes.claim_undo(change):
        return False
    await transaction.identifiers.remove(change.new_identifier)
    return await _restore(transaction, change)


async def _restore(transaction: UnitOfWork, change: EmailChange) -> bool:
    old = await transaction.identifiers.find_removed(change.customer, change.old_identifier)
    if old is None:
        return False
    lookup = parse_email(old.value, old_carriers=True).lookup
    if not await transaction.identifiers.restore(old.id, lookup):
        return False
    await record(
        transaction,
        EventKind.EMAIL_CHANGE_UNDONE,
        actor=Actor.customer(change.customer),
        customer=change.customer,
    )
    return True


async def _remove_what_came_since(transaction: UnitOfWork, change: EmailChange) -> None:
    customer, since = change.customer, change.created_at
    await transaction.email_changes.end_since(customer, since)
    for identifier in await transaction.identifiers.list_for(customer):
        is_new = identifier.is_login and identifier.added_at >= since
        if is_new or identifier.id == change.new_identifier:
            await transaction.identifiers.remove(identifier.id)
    for authenticator in await transaction.authenticators.list_for(customer):
        if authenticator.created_at < since:
            continue
        if authenticator.method == PASSKEY:
            await transaction.passkeys.remove(authenticator.id)
        else:
            await transaction.authenticators.remove(authenticator.id)
    for login in await transaction.external_identities.list_for(customer):
        if login.linked_at >= since:
            await transaction.external_identities.unlink(login.id)
    await transaction.recovery_codes.remove_since(customer, since)


async def _connect_what_was_disconnected(transaction: UnitOfWork, change: EmailChange) -> None:
    """Link again what was the owner's before; whoever has it by now keeps it."""
    first: dict[tuple[str, str], LinkUndo] = {}
    for act in await transaction.link_undos.end_since(change.customer, change.created_at):
        first.setdefault((act.identity["issuer"], act.identity["subject"]), act)
    for act in first.values():
        if act.act == UNLINKED:  # the first thing that happened to it: it was there before
            await transaction.external_identities.link(change.customer, **act.identity)


def _too_late(cause: str) -> PageRefusal:
    return PageRefusal(
        cause,
        code="undo_gone",
        text=Text(
            "This change can no longer be undone with this link."
            " If your account is not in your hands, please write to us."
        ),
    )
