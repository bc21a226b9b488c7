"""Set a second factor up inside the journey, where one is required and the customer has none.

It counts as proven in this journey: the app has just shown a right code, the passkey has just
signed. Whoever stands here has proven the first factor alone, so the owner is told by mail, and an
app ends what that factor had opened elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ciam.authentication.answer_again import answer_code_again
from ciam.authentication.completion import answer_hash, check_session, lock_holder
from ciam.authentication.journey import Journey, StepTaken, load
from ciam.authentication.method import WRONG, Proven
from ciam.authentication.methods import passkey, totp
from ciam.authentication.policy import find_ways
from ciam.authentication.proceed import proceed
from ciam.authentication.sent_code import read_code
from ciam.authentication.state import Step
from ciam.authentication.user_agent import name_device
from ciam.customers.passkey_ceremonies import Asserted
from ciam.customers.passkey_challenges import REGISTER, Scope
from ciam.customers.passkeys import enrol, offer_registration, read_registration
from ciam.customers.profile import read_profile
from ciam.customers.second_factors import enrol_totp
from ciam.errors import PageRefusal, SignInRefused
from ciam.sessions.devices import find_device
from ciam.sessions.levels import methods_for
from ciam.texts import Text

if TYPE_CHECKING:
    from uuid import UUID

    from ciam.authentication.completion import SignedIn
    from ciam.authentication.context import BrowserContext
    from ciam.authentication.proceed import OnTheWay
    from ciam.customers.passkey_ceremonies import RelyingParty
    from ciam.storage import Database, UnitOfWork
    from ciam.storage.stores.customers import Customer


@dataclass(frozen=True, slots=True)
class SetUp:
    """A journey that waits for a second factor to be set up, and what may be one."""

    journey: Journey
    customer: UUID
    may_be_app: bool
    may_be_passkey: bool


async def load_set_up(transaction: UnitOfWork, handle: str, context: BrowserContext) -> SetUp:
    """Give the journey; raise StepTaken when nothing is to be set up.

    Raise PageRefusal when there is a second factor by now: then it has to be proven.
    """
    journey = await load(transaction, handle, context)
    customer, state = journey.record.customer, journey.state
    if journey.is_finished or state.step is not Step.SET_UP or customer is None:
        raise StepTaken("nothing is to be set up")
    await check_session(transaction, state, context)
    if await find_ways(transaction, state, customer):
        raise PageRefusal(
            "a second factor was set up meanwhile",
            code="second_factor_there",
            text=Text("The way of signing in was changed meanwhile. Please start again."),
        )
    methods = await methods_for(transaction, state.client)
    return SetUp(
        journey,
        customer,
        methods.allows(totp.METHOD, "second"),
        methods.allows(passkey.METHOD, "second"),
    )


async def passkey_options(
    transaction: UnitOfWork,
    party: RelyingParty,
    found: SetUp,
    context: BrowserContext,
    *,
    shown_name: str,
) -> str | None:
    """Give the options of a new passkey, as JSON; None where none can be."""
    if not (found.may_be_passkey and party.can_have_passkeys):
        return None
    profile = await read_profile(transaction, found.customer)
    name = await name_of(transaction, found.customer)
    return await offer_registration(
        transaction,
        party,
        found.customer,
        _scope(found.journey, context),
        name=name,
        display_name=profile.name or name,
        shown_name=shown_name,
        expires_at=found.journey.record.expires_at,
    )


async def name_of(transaction: UnitOfWork, customer: UUID) -> str:
    """Give what an app or a passkey shows: the sign-in name, else the customer ID."""
    profile = await read_profile(transaction, customer)
    names = [one.value for one in profile.identifiers if one.is_login]
    return names[0] if names else profile.customer.customer_id


async def set_up_app(
    database: Database, handle: str, context: BrowserContext, *, seed: str, typed: str
) -> tuple[SignedIn | OnTheWay, list[str]]:
    """Set an app up and go on; gives the recovery codes too, none for a form sent twice.

    Raise FormRefused for a wrong code.
    """
    code = read_code(typed)
    try:
        async with database.write() as transaction:
            found = await load_set_up(transaction, handle, context)
            _check(may=found.may_be_app)
            holder = await _lock(transaction, found)
            journey = found.journey
            codes = await enrol_totp(
                transaction,
                holder.id,
                seed,
                code,
                keep_session=journey.state.session,
                keep_journey=journey.id,
            )
            answer = answer_hash(transaction, journey, totp.METHOD, code)
            proven = await _proven(transaction, found, context, totp.METHOD, totp.AMR)
            return await proceed(transaction, journey, proven, context, answer=answer), codes
    except StepTaken:
        again = await answer_code_again(database, handle, context, [(totp.METHOD, code)])
        if again is None:
            raise
        return again, []


async def set_up_passkey(
    database: Database, party: RelyingParty, handle: str, context: BrowserContext, text: str
) -> SignedIn | OnTheWay:
    """Enrol a passkey and go on; the same answer again gets the same reply for a while.

    Raise FormRefused for what is no new passkey.
    """
    async with database.read() as transaction:
        journey = await load(transaction, handle, context)
    now = database.clock.now()
    made = read_registration(database.keys, party, _scope(journey, context), text, now)
    given = (passkey.METHOD, made.challenge.value.hex())
    try:
        async with database.write() as transaction:
            found = await load_set_up(transaction, handle, context)
            _check(may=found.may_be_passkey)
            holder = await _lock(transaction, found)
            device = name_device(context.user_agent)
            await enrol(
                transaction,
                holder.id,
                made,
                name="",
                device=device,
                session=found.journey.state.session,
            )
            signed = Asserted(
                made.credential.sign_count, made.credential.is_backed_up, is_user_verified=True
            )
            amr = passkey.amr_of(made.credential, signed)
            answer = answer_hash(transaction, found.journey, *given)
            proven = await _proven(transaction, found, context, passkey.METHOD, amr)
            return await proceed(transaction, found.journey, proven, context, answer=answer)
    except StepTaken:
        again = await answer_code_again(database, handle, context, [given])
        if again is None:
            raise
        return again


def _check(*, may: bool) -> None:
    if not may:
        raise StepTaken("not what may be set up")


async def _lock(transaction: UnitOfWork, found: SetUp) -> Customer:
    """Lock whose it is; raise SignInRefused when their credentials changed since the first proof.

    Checked before anything is enrolled: what is enrolled here may itself raise the epoch.
    """
    state = found.journey.state
    epoch = -1 if state.epoch is None else state.epoch
    holder = await lock_holder(transaction, Proven(found.customer, epoch, "", ()))
    if await find_ways(transaction, state, found.customer):
        raise SignInRefused("a second factor was set up in this moment", WRONG)
    return holder


async def _proven(
    transaction: UnitOfWork,
    found: SetUp,
    context: BrowserContext,
    method: str,
    amr: tuple[str, ...],
) -> Proven:
    customer = await transaction.customers.find(found.customer)
    assert customer is not None  # noqa: S101 - it was locked just now
    return Proven(
        customer.id,
        customer.credential_epoch,
        method,
        amr,
        known_device=await find_device(transaction, customer.id, context.device),
        tells_owner=found.journey.state.tells_owner,
        is_second=True,
    )


def _scope(journey: Journey, context: BrowserContext) -> Scope:
    return Scope(REGISTER, context.browser_hash, str(journey.id))
