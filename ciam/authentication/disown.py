"""The owner of an account says that a sign-in was not theirs: everything it could lead to ends.

One commit takes away the password, what was added to the account since that sign-in, a change of
address since then, every session, token and device, and leads to the recovery. It is done by the
link of the mail alone, in any browser, since whoever is afraid for their account may be anywhere.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.authentication.undo_email_change import put_back
from ciam.customers.credentials import end_access
from ciam.customers.identifiers import EMAIL
from ciam.customers.security_notices import tell_owner
from ciam.errors import PageRefusal
from ciam.messaging.messages import SignInDisowned
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.authenticators import PASSWORD, TOTP, Authenticator
from ciam.storage.stores.customer_keys import CustomerKeyDestroyed
from ciam.storage.stores.passkeys import PASSKEY
from ciam.storage.stores.sign_in_disputes import SignInDispute
from ciam.texts import Text

REASON: Final = "disowned"
LOGIN: Final = "login"
NAME: Final = "name"
"""A phone number or a user name; addresses are put back by the change that replaced them."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was taken away: the password, methods added since, a change of address."""

    had_password: bool
    removed: list[str]
    has_old_address: bool


async def find_dispute(transaction: UnitOfWork, token: str) -> SignInDispute:
    """Give the sign-in that a mailed link is about; raise PageRefusal for one that is over."""
    try:
        found = await transaction.sign_in_disputes.find(token)
    except CustomerKeyDestroyed:
        found = None
    if found is None:
        raise _gone("no such link, or it is too old")
    return found


async def disown(database: Database, token: str) -> Done | None:
    """End what a sign-in may have led to and tell the owner; None when it was done before.

    Raise PageRefusal for a link that is too old.
    """
    async with database.write() as transaction:
        found = await find_dispute(transaction, token)
        holder = await transaction.customers.lock(found.customer)
        if holder is None or not await transaction.sign_in_disputes.claim(token):
            return None
        done = await _take_away(transaction, found)
        await end_access(transaction, found.customer, reason=REASON)
        event = await record(
            transaction,
            EventKind.SIGN_IN_DISOWNED,
            actor=Actor.anyone(),
            customer=found.customer,
            removed=done.removed,
            password=done.had_password,
            old_address=done.has_old_address,
        )
        notice = SignInDisowned(
            when=transaction.clock.now(),
            had_password=done.had_password,
            removed=done.removed,
            has_old_address=done.has_old_address,
        )
        await tell_owner(transaction, found.customer, notice, language=holder.language, cause=event)
        return done


async def _take_away(transaction: UnitOfWork, found: SignInDispute) -> Done:
    """Take away the password, and whatever was added since by whoever signed in."""
    customer, since = found.customer, found.signed_in_at
    had_password, removed = False, []
    for one in await transaction.authenticators.list_for(customer):
        if one.method == PASSWORD:
            had_password = await transaction.authenticators.remove(one.id)
        elif one.created_at >= since:
            await _remove(transaction, customer, one)
            removed.append(one.method)
    for identity in await transaction.external_identities.list_for(customer):
        if identity.linked_at >= since:
            await transaction.external_identities.unlink(identity.id)
            removed.append(LOGIN)
    for name in await transaction.identifiers.list_for(customer):
        if name.kind != EMAIL and name.added_at >= since:
            await transaction.identifiers.remove(name.id)
            removed.append(NAME)
    restored = [
        await put_back(transaction, change)
        for change in await transaction.email_changes.list_open(customer, since=since)
    ]
    return Done(had_password, list(dict.fromkeys(removed)), any(restored))


async def _remove(transaction: UnitOfWork, customer: UUID, authenticator: Authenticator) -> None:
    if authenticator.method == PASSKEY:
        await transaction.passkeys.remove(authenticator.id)
        return
    await transaction.authenticators.remove(authenticator.id)
    if authenticator.method == TOTP:
        await transaction.recovery_codes.remove_all(customer)


def _gone(cause: str) -> PageRefusal:
    return PageRefusal(
        cause,
        code="dispute_gone",
        text=Text(
            "This link can no longer be used."
            " If you are not sure of your account, set a new password: that signs everybody out."
        ),
    )
