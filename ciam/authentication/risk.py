"""How risky a sign-in is: read the facts, add up what speaks against it, keep the judgement.

It is made once for each first proof, and kept sealed, with a date at which it goes. What it leads
to is the policy's (`risk`): nothing at all while it observes; a second factor, or the one sentence
for every sign-in that did not work, while it enforces.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, pseudonym_of, record
from ciam.authentication.context import BrowserContext
from ciam.authentication.method import WRONG, Proven
from ciam.authentication.methods import passkey, password
from ciam.authentication.risk_signals import NEW_COUNTRY, Facts, PastSignIn, listen
from ciam.authentication.state import NotedRisk
from ciam.errors import SignInRefused
from ciam.policies import RiskPolicy
from ciam.protection.networks import network_of
from ciam.storage import UnitOfWork
from ciam.texts import Text

_DID_NOT_WORK: Final = Text("That did not work here. Please try again, or sign in another way.")
_SENTENCES: Final = {password.METHOD: WRONG, passkey.METHOD: passkey.REFUSED}
"""What is said of a proof that is wrong: a refusal must not tell that it was right."""

_OFF: Final = "off"
_ENFORCE: Final = "enforce"
_PAST: Final = 20
_HOUR: Final = timedelta(hours=1)
_MINUTES: Final = timedelta(minutes=10)


class Verdict(StrEnum):
    """What should come of a sign-in."""

    ALLOW = "allow"
    ASK = "ask"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reasons: the signals that spoke, by name, with their weights."""

    verdict: Verdict
    signals: Mapping[str, int] = field(repr=False)


async def assess(
    transaction: UnitOfWork, proven: Proven, context: BrowserContext
) -> NotedRisk | None:
    """Judge a first proof and keep the judgement; None where the policy is off.

    Raise SignInRefused where the policy enforces and the verdict is to refuse. That is kept too.
    """
    policy = (await transaction.policies.get()).risk
    if policy.mode == _OFF:
        return None
    judgement = judge(await _read_facts(transaction, proven, context), policy)
    is_enforced = policy.mode == _ENFORCE
    if is_enforced and judgement.verdict is Verdict.REFUSE:

        async def note(transaction: UnitOfWork) -> None:
            await _keep(transaction, proven, context, judgement, policy)
            await record(
                transaction,
                EventKind.SIGN_IN_REFUSED,
                actor=Actor.anyone(),
                customer=proven.customer,
                method=proven.method,
                reason="risk",
            )

        transaction.on_refusal(note)
        text = _SENTENCES.get(proven.method, _DID_NOT_WORK)
        raise SignInRefused("too much speaks against this sign-in", text)
    return await _keep(transaction, proven, context, judgement, policy)


def judge(facts: Facts, policy: RiskPolicy) -> Judgement:
    """Add up what speaks against a sign-in."""
    signals = listen(facts, policy.weights)
    score = sum(signals.values())
    if score >= policy.refuse:
        return Judgement(Verdict.REFUSE, signals)
    return Judgement(Verdict.ASK if score >= policy.ask else Verdict.ALLOW, signals)


async def _read_facts(transaction: UnitOfWork, proven: Proven, context: BrowserContext) -> Facts:
    customer, now = proven.customer, transaction.clock.now()
    assessments, events = transaction.risk_assessments, transaction.audit_events
    past = await assessments.list_for(customer, limit=_PAST, signed_in=True)
    failures = await events.count_for_customer(
        await pseudonym_of(transaction, customer),
        EventKind.SIGN_IN_REFUSED.value,
        since=now - _HOUR,
    )
    network = network_of(context.address)
    return Facts(
        now=now,
        country=context.country,
        past=[PastSignIn(one.assessed_at, one.country) for one in past],
        is_known_device=proven.known_device is not None,
        has_known_device=await transaction.known_devices.has_any(customer),
        is_anonymous=context.is_anonymous,
        is_guessable=proven.is_guessable,
        customers_nearby=await assessments.count_customers(
            network, since=now - _HOUR, without=customer
        ),
        sign_ins_lately=await assessments.count_for(customer, since=now - _MINUTES),
        failures_lately=failures,
    )


async def _keep(
    transaction: UnitOfWork,
    proven: Proven,
    context: BrowserContext,
    judgement: Judgement,
    policy: RiskPolicy,
) -> NotedRisk:
    verdict, signals = judgement.verdict, judgement.signals
    row = await transaction.risk_assessments.add(
        proven.customer,
        verdict=verdict.value,
        mode=policy.mode,
        network=network_of(context.address),
        country=context.country,
        signals=signals,
        expires_at=transaction.clock.now() + policy.keep,
    )
    if verdict is not Verdict.ALLOW:
        await record(
            transaction,
            EventKind.SIGN_IN_AT_RISK,
            actor=Actor.anyone(),
            customer=proven.customer,
            method=proven.method,
            verdict=verdict.value,
            mode=policy.mode,
            signals=list(signals),
        )
    asks = verdict is Verdict.ASK and policy.mode == _ENFORCE
    return NotedRisk(row, asks=asks, is_new_country=NEW_COUNTRY in signals)
