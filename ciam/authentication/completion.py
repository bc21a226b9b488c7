"""The end of every journey: a session under a new secret, in the commit that claims the end.

The secrets are computed from a nonce in the sealed state. So when the answer was lost and the same
form comes again, with the same proof in it, the same answer is given and no second session begins.
Without the proof they are given to nobody: a handle and a cookie planted in another's browser open
nothing.
"""

import base64
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import Journey, StepTaken, finish
from ciam.authentication.method import WRONG, Proven
from ciam.authentication.policy import acr_of, amr_of
from ciam.authentication.sign_in_news import tell_of_sign_in
from ciam.authentication.state import State
from ciam.customers.factor_recovery import CancelledBy, cancel_recovery
from ciam.customers.profile_questions import count_sign_in
from ciam.errors import PageRefusal, SignInRefused
from ciam.identifiers import new_opaque
from ciam.protection.lockout import take_back
from ciam.sealing import keyed_hash
from ciam.sessions.devices import remember_device, with_secret
from ciam.sessions.session import ACR_TWO, find_session, start_session, step_up_session
from ciam.sessions.trusted_devices import trust_device
from ciam.storage import UnitOfWork
from ciam.storage.stores.customers import Customer
from ciam.storage.stores.sessions import Session
from ciam.texts import Text

_GRACE: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the browser gets: its cookies, and the page where it goes on.

    trusted  the cookie of devices that need no second factor, when this one became one of them
    """

    return_to: str
    session: str = field(repr=False)
    device: str = field(repr=False)
    trusted: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """More has to be proven or answered: the local path where it is asked for."""

    path: str


async def complete(
    transaction: UnitOfWork, journey: Journey, proven: Proven, context: BrowserContext
) -> SignedIn:
    """Claim the end of a journey and begin the session; raise StepTaken when it has ended before.

    Raise SignInRefused when the customer's credentials changed since the proof. The caller's own
    writes belong into the same transaction, before this.
    """
    customer = await lock_holder(transaction, proven)
    if proven.guess is not None:
        await take_back(transaction, proven.guess)
    if acr_of(journey.state.proofs) == ACR_TWO:  # nothing is lost
        await cancel_recovery(transaction, customer.id, CancelledBy.SIGN_IN)
    state = replace(journey.state, nonce=new_opaque())
    await finish(transaction, journey, state, customer=customer.id)
    secrets = _secrets(transaction, replace(journey, state=state))
    risk = state.risk
    if risk is not None:
        await transaction.risk_assessments.note_signed_in(risk.assessment)
    session = await _open_session(transaction, state, customer.id, context, secrets.session)
    is_new = proven.known_device is None
    is_elsewhere = risk is not None and risk.is_new_country
    is_news = is_new and await transaction.known_devices.has_any(customer.id)
    if state.session is None:
        await count_sign_in(transaction, customer.id)
    device = await remember_device(
        transaction,
        customer.id,
        context.device,
        known=proven.known_device,
        secret=secrets.device,
    )
    event = await record(
        transaction,
        EventKind.SIGN_IN_SUCCEEDED,
        actor=Actor.customer(customer.id),
        customer=customer.id,
        method="+".join(one.method for one in state.proofs),
        session=session.id.hex,
        new_device=is_new,
    )
    if proven.tells_owner and (is_news or is_elsewhere):
        await tell_of_sign_in(
            transaction, customer, context, is_new_country=is_elsewhere, cause=event
        )
    trusted = None
    if proven.is_second and proven.trusts_device and not (risk is not None and risk.asks):
        trusted = await trust_device(
            transaction,
            customer,
            context.trusted,
            secret=secrets.trusted,
            user_agent=context.user_agent,
        )
    return SignedIn(state.return_to, secrets.session, device, trusted)


async def check_session(
    transaction: UnitOfWork, state: State, context: BrowserContext
) -> Session | None:
    """Give the session that a journey steps up, None for any other journey.

    Raise PageRefusal when it is no more the session of this browser: what it had proven is gone.
    """
    if state.session is None:
        return None
    session = await find_session(transaction, context.session) if context.session else None
    if session is None or session.id != state.session:
        raise PageRefusal(
            "the session that is stepped up has ended",
            code="session_ended",
            text=Text("You were signed out meanwhile. Please start again."),
        )
    return session


async def _open_session(
    transaction: UnitOfWork, state: State, customer: UUID, context: BrowserContext, secret: str
) -> Session:
    """Begin a session, or raise the level of the one that gave the first proof."""
    acr, amr = acr_of(state.proofs), amr_of(state.proofs)
    before = await check_session(transaction, state, context)
    if before is None:
        _, session = await start_session(
            transaction, customer, acr=acr, amr=amr, context=context, secret=secret
        )
        return session
    raised = await step_up_session(transaction, before, secret, acr=acr, amr=amr)
    if raised is None or raised.customer != customer:
        raise StepTaken("the session has ended in this moment")
    return raised


async def lock_holder(transaction: UnitOfWork, proven: Proven) -> Customer:
    """Lock who was proven; raise SignInRefused when their credentials changed since the proof."""
    customer = await transaction.customers.lock(proven.customer)
    if customer is None or not customer.is_active or customer.credential_epoch != proven.epoch:
        raise SignInRefused("the credentials changed while somebody signed in", WRONG)
    return customer


async def recall(
    transaction: UnitOfWork,
    journey: Journey,
    customer: UUID,
    context: BrowserContext,
    *,
    is_last: bool = False,
) -> SignedIn:
    """Give the answer of a finished journey again, to who has just proven to be its customer.

    `is_last` tells that they gave the second factor that the journey ended with.
    Raise StepTaken when it is not theirs, too long ago, or the session has ended since.
    """
    if journey.record.customer != customer or not is_recallable(
        transaction, journey, is_last=is_last
    ):
        raise StepTaken("a finished journey is not answered again")
    secrets = _secrets(transaction, journey)
    if await transaction.sessions.find(secrets.session) is None:
        raise StepTaken("the session of the journey is no more")
    known = await transaction.known_devices.find_known(customer, [secrets.device])
    device = with_secret(context.device, known=known, secret=secrets.device)
    trusted = None
    if await transaction.trusted_devices.find(customer, [secrets.trusted]) is not None:
        trusted = with_secret(context.trusted, known=None, secret=secrets.trusted)
    return SignedIn(journey.state.return_to, secrets.session, device, trusted)


def is_recallable(transaction: UnitOfWork, journey: Journey, *, is_last: bool = False) -> bool:
    """Whether a journey ended so lately that its answer may be given again for its first proof.

    Never one that took a second factor: the first alone must not open what took both.
    """
    finished_at = journey.record.finished_at
    return (
        finished_at is not None
        and transaction.clock.now() - finished_at <= _GRACE
        and journey.state.nonce != ""
        and (is_last or len(journey.state.proofs) == 1)
    )


def answer_hash(transaction: UnitOfWork, journey: Journey, method: str, code: str) -> str:
    """Give what a journey keeps of the code it ends with, to know it when it is sent again."""
    key = transaction.keys.cookie.oldest  # nodes agree on it while the key rotates
    return keyed_hash(key, "journey answer", str(journey.id), method, code).hex()


@dataclass(frozen=True, slots=True)
class _Secrets:
    session: str = field(repr=False)
    device: str = field(repr=False)
    trusted: str = field(repr=False)


def _secrets(transaction: UnitOfWork, journey: Journey) -> _Secrets:
    def compute(kind: str) -> str:
        key = transaction.keys.cookie.oldest  # nodes agree on it while the key rotates
        raw = keyed_hash(key, "journey secret", kind, str(journey.id), journey.state.nonce)
        return f"ciam_{kind}_{base64.urlsafe_b64encode(raw).decode().rstrip('=')}"

    return _Secrets(compute("ss"), compute("dv"), compute("td"))
