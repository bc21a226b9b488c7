"""The owner of an account says that a sign-in was not theirs: everything it could lead to ends.

One commit takes away the password, what was added to the account since that sign-in, a change of
address or number since then, every session, token and device, and leads to the recovery. A change
is put back as long as the link lives, longer than by its own link: else a thief who has changed the
address would be the only one whom the recovery still reaches. It is done by the
link of the mail alone, in any browser, since whoever is afraid for their account may be anywhere.
"""

from dataclasses import dataclass
from typing import Final

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.authentication.undo_contact_change import take_back_since
from ciam.customers.credentials import end_access
from ciam.customers.identifiers import EMAIL, PHONE
from ciam.customers.security_notices import tell_owner
from ciam.errors import PageRefusal
from ciam.messaging.messages import SignInDisowned
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.customer_keys import CustomerKeyDestroyed
from ciam.storage.stores.sign_in_disputes import SignInDispute
from ciam.texts import Text

REASON: Final = "disowned"


@dataclass(frozen=True, slots=True)
class Done:
    """What was taken away: the password, methods added since, a change of address or number.

    lost  contacts that were changed since and are somebody else's by now: they are not put back
    """

    had_password: bool
    removed: list[str]
    has_old_address: bool
    has_old_number: bool
    lost: list[str]


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
            old_number=done.has_old_number,
            lost=done.lost,
        )
        notice = SignInDisowned(
            when=transaction.clock.now(),
            had_password=done.had_password,
            removed=done.removed,
            has_old_address=done.has_old_address,
            has_old_number=done.has_old_number,
            lost=done.lost,
        )
        await tell_owner(transaction, found.customer, notice, language=holder.language, cause=event)
        return done


async def _take_away(transaction: UnitOfWork, found: SignInDispute) -> Done:
    """Take away the password, and whatever was done since by whoever signed in."""
    password = await transaction.authenticators.find_password(found.customer)
    done = await take_back_since(transaction, found.customer, found.signed_in_at)
    if password is not None:  # one that was set since is gone by now
        await transaction.authenticators.remove(password.id)
    return Done(
        password is not None,
        done.removed,
        EMAIL in done.restored,
        PHONE in done.restored,
        sorted(done.lost),
    )


def _gone(cause: str) -> PageRefusal:
    return PageRefusal(
        cause,
        code="dispute_gone",
        text=Text(
            "This link can no longer be used."
            " If you are not sure of your account, set a new password: that signs everybody out."
        ),
    )
