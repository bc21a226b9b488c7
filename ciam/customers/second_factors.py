"""Second factors of a customer: an authenticator app with its recovery codes, and sent codes.

What is switched on or off here is a credential event (C-13): every other session ends, and a
sign-in that is under way with the first factor alone cannot finish.
"""

from typing import Final
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.customers.credentials import end_access, lock_signed_in
from ciam.customers.security_notices import tell_owner
from ciam.customers.totp import find_step
from ciam.errors import FormRefused
from ciam.identifiers import new_recovery_code
from ciam.messaging.messages import SecondFactorChanged
from ciam.storage import UnitOfWork
from ciam.storage.stores.authenticators import PASSWORD, TOTP
from ciam.storage.stores.passkeys import PASSKEY
from ciam.texts import Text

RECOVERY_CODES: Final = 10
_WRONG: Final = Text(
    "That is not the code that the app shows now. Check that the clock of the device is right."
)
_HAS_ONE: Final = Text("An authenticator app is set up already. Remove it first.")


async def enrol_totp(
    transaction: UnitOfWork,
    customer: UUID,
    seed: str,
    code: str,
    *,
    keep_session: UUID | None,
    keep_journey: UUID | None = None,
) -> list[str]:
    """Set up an app that has just shown a right code; gives the recovery codes, to be shown once.

    What is kept is the session or the journey in which it happens. Raise FormRefused for a wrong
    code, or when there is an app already.
    """
    step = find_step(seed, code, transaction.clock.now())
    if step is None:
        raise FormRefused("a wrong code", errors={"code": _WRONG})
    if keep_session is None:  # in a journey, which holds the customer already
        await transaction.customers.lock(customer)
    else:
        await lock_signed_in(transaction, customer, keep_session)
    added = await transaction.authenticators.add(customer, TOTP, secret=seed.encode())
    if added is None:
        raise FormRefused("there is an app already", alert=_HAS_ONE)
    await transaction.authenticators.use_step(added.id, step)
    codes = await _replace_codes(transaction, customer)
    await _changed(
        transaction, customer, EventKind.TOTP_ADDED, keep_session, keep_journey=keep_journey
    )
    return codes


async def remove_totp(transaction: UnitOfWork, customer: UUID, *, keep_session: UUID) -> None:
    """Remove the app and with it the recovery codes; nothing happens when there is none."""
    await lock_signed_in(transaction, customer, keep_session)
    enrolled = await transaction.authenticators.find_one(customer, TOTP)
    if enrolled is None or not await transaction.authenticators.remove(enrolled.id):
        return
    await transaction.recovery_codes.remove_all(customer)
    await _changed(transaction, customer, EventKind.TOTP_REMOVED, keep_session)


async def renew_recovery_codes(
    transaction: UnitOfWork, customer: UUID, *, session: UUID
) -> list[str]:
    """Give new recovery codes in place of all there were; raise FormRefused without an app."""
    await lock_signed_in(transaction, customer, session)
    if await transaction.authenticators.find_one(customer, TOTP) is None:
        raise FormRefused("no second factor", alert=Text("Set up an authenticator app first."))
    codes = await _replace_codes(transaction, customer)
    await _tell(transaction, customer, EventKind.RECOVERY_CODES_RENEWED)
    return codes


async def switch_sent_codes_on(
    transaction: UnitOfWork, customer: UUID, method: str, *, keep_session: UUID
) -> None:
    """Have codes of this method (mail, SMS) asked for; nothing happens when they are already.

    Nor does it where the session ended in this moment: what it had proven is gone.
    """
    await transaction.customers.lock(customer)
    if not await transaction.sessions.is_live(keep_session):
        return
    if await transaction.authenticators.find_one(customer, method) is not None:
        return
    await transaction.authenticators.add(customer, method, secret=None)
    await _changed(transaction, customer, EventKind.SENT_CODES_ADDED, keep_session)


async def switch_sent_codes_off(
    transaction: UnitOfWork, customer: UUID, method: str, *, keep_session: UUID
) -> None:
    """Have codes of this method asked for no more; nothing happens when they are not."""
    await transaction.customers.lock(customer)
    if not await transaction.sessions.is_live(keep_session):
        return
    switched = await transaction.authenticators.find_one(customer, method)
    if switched is None or not await transaction.authenticators.remove(switched.id):
        return
    await _changed(transaction, customer, EventKind.SENT_CODES_REMOVED, keep_session)


async def remove_lost_factors(
    transaction: UnitOfWork, customer: UUID, *, keep_journey: UUID, keep_passkeys: bool
) -> None:
    """Remove every second factor and what stands in for one; the caller tells the customer.

    Passkeys go too: one that is lost may be in somebody's hands, and would be asked for again.
    `keep_passkeys` where one of them has just proven the first factor.
    """
    for one in await transaction.authenticators.list_for(customer):
        if one.method == PASSKEY and not keep_passkeys:
            await transaction.passkeys.remove(one.id)
        elif one.method not in {PASSWORD, PASSKEY}:
            await transaction.authenticators.remove(one.id)
    await transaction.recovery_codes.remove_all(customer)
    await end_access(transaction, customer, reason="second_factor_lost", keep_journey=keep_journey)


async def _replace_codes(transaction: UnitOfWork, customer: UUID) -> list[str]:
    codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
    await transaction.recovery_codes.replace_all(customer, codes)
    return codes


async def _changed(
    transaction: UnitOfWork,
    customer: UUID,
    kind: EventKind,
    keep_session: UUID | None,
    *,
    keep_journey: UUID | None = None,
) -> None:
    await end_access(
        transaction,
        customer,
        reason="second_factor_changed",
        keep_session=keep_session,
        keep_journey=keep_journey,
    )
    await _tell(transaction, customer, kind)


async def _tell(transaction: UnitOfWork, customer: UUID, kind: EventKind) -> None:
    event = await record(transaction, kind, actor=Actor.customer(customer), customer=customer)
    holder = await transaction.customers.find(customer)
    notice = SecondFactorChanged(when=transaction.clock.now(), change=kind.value)
    language = holder.language if holder else None
    await tell_owner(transaction, customer, notice, language=language, cause=event)
