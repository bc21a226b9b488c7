"""A pending social identity meets the proof of an account: one question, then both are joined.

Never silently: whoever has proven the account is shown what would be connected and says so. The
proof names customer, issuer, subject, journey and browser; it is used once and lives ten minutes
from the sign-in at the provider on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from ciam.authentication.journey import StepTaken, load, move
from ciam.authentication.method import WRONG, Proven, keep_proof, read_proof
from ciam.authentication.profile_question import ask_or_complete
from ciam.authentication.state import Step
from ciam.errors import PageRefusal, SignInRefused
from ciam.federation.linking import link
from ciam.federation.pending import fresh_until, from_document, is_fresh
from ciam.protection.lockout import take_back
from ciam.texts import Text

if TYPE_CHECKING:
    from ciam.authentication.completion import OnTheWay, SignedIn
    from ciam.authentication.context import BrowserContext
    from ciam.authentication.journey import Journey
    from ciam.federation.identity import ProvenIdentity
    from ciam.storage import Database, UnitOfWork


async def offer_link(
    transaction: UnitOfWork, journey: Journey, proven: Proven, context: BrowserContext
) -> Journey | None:
    """Ask whether to link what is pending to who was proven; None where nothing can be linked.

    Raise SignInRefused when the credentials changed since the proof, StepTaken when the question
    was asked before.
    """
    if journey.state.step is Step.CONFIRM_LINK:
        raise StepTaken("the question was asked before")
    identity = await find_pending(transaction, journey)
    if identity is None or journey.is_finished:
        return None
    customer = await transaction.customers.lock(proven.customer)
    if customer is None or not customer.is_active or customer.credential_epoch != proven.epoch:
        raise SignInRefused("the credentials changed while somebody signed in", WRONG)
    if proven.guess is not None:
        await take_back(transaction, proven.guess)
    state = replace(journey.state, step=Step.CONFIRM_LINK, proof=keep_proof(proven))
    await move(transaction, journey, state, customer=customer.id)
    await keep_link_proof(transaction, journey, customer.id, identity, context)
    return await load(transaction, journey.handle, context)


async def keep_link_proof(
    transaction: UnitOfWork,
    journey: Journey,
    customer: UUID,
    identity: ProvenIdentity,
    context: BrowserContext,
) -> None:
    """Keep that both sides were proven in this journey and browser."""
    await transaction.link_proofs.offer(
        customer,
        identity.issuer,
        identity.subject,
        journey=journey.id,
        browser_hash=context.browser_hash,
        expires_at=fresh_until(identity),
    )


async def find_pending(
    transaction: UnitOfWork, journey: Journey, *, for_sign_up: bool = False
) -> ProvenIdentity | None:
    """Give what is pending, if it may still be linked: fresh, switched on, and nobody's.

    For a sign-up it is fresh as long as its journey lives.
    """
    if journey.state.pending is None:
        return None
    identity = from_document(journey.state.pending)
    if not for_sign_up and not is_fresh(identity, transaction.clock.now()):
        return None
    if await transaction.connections.find(identity.connection) is None:
        return None
    if await transaction.external_identities.find(identity.issuer, identity.subject) is not None:
        return None
    return identity


async def load_question(
    transaction: UnitOfWork, handle: str, context: BrowserContext
) -> tuple[Journey, ProvenIdentity]:
    """Give the journey that asks, and what it asks about; raise StepTaken when it is elsewhere."""
    journey = await load(transaction, handle, context)
    state = journey.state
    if journey.is_finished or state.step is not Step.CONFIRM_LINK or state.pending is None:
        raise StepTaken("nothing is asked")
    return journey, from_document(state.pending)


async def answer_question(
    database: Database, handle: str, context: BrowserContext, *, wants: bool
) -> SignedIn | OnTheWay:
    """Link, or drop what is pending; either way the sign-in that was proven goes on to its end.

    Raise IdentityTaken when somebody else was first, PageRefusal when it took too long.
    """
    async with database.write() as transaction:
        journey, identity = await load_question(transaction, handle, context)
        proven = read_proof(journey.state.proof)
        await transaction.customers.lock(proven.customer)  # before the proof, as what voids it does
        if wants:
            await use_link_proof(transaction, journey, proven.customer, identity, context)
        else:
            await transaction.link_proofs.void(journey.id)
        return await ask_or_complete(transaction, journey, proven, context)


async def use_link_proof(
    transaction: UnitOfWork,
    journey: Journey,
    customer: UUID,
    identity: ProvenIdentity,
    context: BrowserContext,
) -> None:
    """Use the proof up and link; raise PageRefusal when it is gone."""
    used = await transaction.link_proofs.use(
        customer,
        identity.issuer,
        identity.subject,
        journey=journey.id,
        browser_hash=context.browser_hash,
    )
    if not used:
        raise link_proof_gone()
    await link(transaction, customer, identity)


def link_proof_gone() -> PageRefusal:
    """Make the refusal of a link that is too old, used or cancelled."""
    return PageRefusal(
        "the link proof was used, cancelled or is too old",
        code="link_proof_gone",
        text=Text("Connecting took too long, or was cancelled. Please begin again."),
    )
