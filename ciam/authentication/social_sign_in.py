"""Back from a provider: a known identity signs in, an unknown one is kept until it is somebody's.

Whether its e-mail address has an account is never said. The next page is the same either way; the
account is proven by a code in its own mailbox, or by signing in beside it, and then asked about.
Only where an operator chose so, and the provider runs the domain's mailboxes, is the address of an
account that was proven here taken as that proof.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ciam.authentication.candidate import find_candidate
from ciam.authentication.challenge import challenge
from ciam.authentication.journey import (
    LINK,
    SIGN_IN,
    SIGN_UP,
    Journey,
    StepTaken,
    begin,
    begin_from,
    finish,
    load,
    move,
)
from ciam.authentication.methods import email_code, federated
from ciam.authentication.methods.federated import prove_identity
from ciam.authentication.pending_link import keep_link_proof, load_question, use_link_proof
from ciam.authentication.policy import check_first
from ciam.authentication.proceed import OnTheWay, proceed
from ciam.authentication.requirement import Requirement
from ciam.authentication.state import Step
from ciam.customers.credentials import lock_signed_in
from ciam.customers.identifiers import EmailAddress, parse_email
from ciam.errors import FormRefused
from ciam.federation.identity import EmailTrust
from ciam.federation.linking import IdentityTaken, link
from ciam.federation.pending import to_document

if TYPE_CHECKING:
    from uuid import UUID

    from ciam.authentication.completion import SignedIn
    from ciam.authentication.context import BrowserContext
    from ciam.federation.identity import ProvenIdentity
    from ciam.storage import Database, UnitOfWork
    from ciam.storage.stores.sessions import Session

LINKED_LOGINS: Final = "/account/linked-logins"
_PROVEN: Final = frozenset({EmailTrust.AUTHORITATIVE, EmailTrust.RELAY})
"""Nobody but this person can read what is mailed there, and the provider itself sees to that."""


async def begin_sign_in(database: Database, handle: str, context: BrowserContext) -> str:
    """Begin the journey that goes to a provider, with the end of the one that asked."""
    async with database.write() as transaction:
        origin = await load(transaction, handle, context)
        if origin.is_finished or origin.kind not in {SIGN_IN, SIGN_UP}:
            raise StepTaken("no way in is asked for")
        await check_first(transaction, origin, federated.METHOD)
        begun = await begin_from(transaction, origin, SIGN_UP, context)
        journey = await load(transaction, begun, context)
        await move(transaction, journey, replace(journey.state, step=Step.AT_PROVIDER))
    return begun


async def begin_link(database: Database, session: Session, context: BrowserContext) -> str:
    """Begin the journey of a customer who wants another login; a credential event ends it."""
    async with database.write() as transaction:
        await lock_signed_in(transaction, session.customer, session.id)
        handle = await begin(
            transaction,
            kind=LINK,
            requirement=Requirement(),
            return_to=LINKED_LOGINS,
            context=context,
        )
        journey = await load(transaction, handle, context)
        await move(transaction, journey, journey.state, customer=session.customer)
    return handle


async def arrive(
    database: Database, handle: str, context: BrowserContext, identity: ProvenIdentity
) -> SignedIn | OnTheWay:
    """Go on with what a provider has proven for a sign-in; raise StepTaken when it went on."""
    async with database.write() as transaction:
        journey = await load(transaction, handle, context)
        if journey.is_finished or journey.state.step is not Step.AT_PROVIDER:
            raise StepTaken("the provider has answered before")
        proven = await prove_identity(transaction, identity, context)
        if proven is None and await _link_silently(transaction, identity):
            proven = await prove_identity(transaction, identity, context)
        if proven is not None:
            return await proceed(transaction, journey, proven, context)
        return await _keep(transaction, journey, identity, context)


async def arrive_to_link(
    database: Database,
    handle: str,
    context: BrowserContext,
    identity: ProvenIdentity,
    customer: UUID,
) -> Journey:
    """Ask a customer who is signed in whether to link what a provider has proven.

    Raise IdentityTaken when it is linked already, StepTaken for the journey of somebody else.
    """
    async with database.write() as transaction:
        journey = await load(transaction, handle, context)
        is_theirs = journey.kind == LINK and journey.record.customer == customer
        if not is_theirs or journey.is_finished or journey.state.step is not Step.AT_PROVIDER:
            raise StepTaken("not a link that this customer began")
        if await transaction.external_identities.find(identity.issuer, identity.subject):
            raise IdentityTaken
        state = replace(journey.state, step=Step.CONFIRM_LINK, pending=to_document(identity))
        await move(transaction, journey, state, customer=customer)
        await keep_link_proof(transaction, journey, customer, identity, context)
        return await load(transaction, handle, context)


async def finish_link(
    database: Database, handle: str, context: BrowserContext, customer: UUID, *, wants: bool
) -> None:
    """Link to the customer who is signed in, or drop what is pending; the journey ends."""
    async with database.write() as transaction:
        journey, identity = await load_question(transaction, handle, context)
        if journey.kind != LINK or journey.record.customer != customer:
            raise StepTaken("not a link that this customer began")
        await transaction.customers.lock(customer)  # before the proof, as what voids it does
        if wants:
            await use_link_proof(transaction, journey, customer, identity, context)
        else:
            await transaction.link_proofs.void(journey.id)
        await finish(transaction, journey, journey.state, customer=customer)


async def _keep(
    transaction: UnitOfWork, journey: Journey, identity: ProvenIdentity, context: BrowserContext
) -> OnTheWay:
    """Keep the identity in the journey, and ask for what is missing."""
    state = replace(journey.state, pending=to_document(identity))
    if (await transaction.policies.get()).sign_in.sign_up != "open":
        handle = await begin_from(
            transaction, replace(journey, state=state), SIGN_IN, context
        )  # who has an account connects it
        await move(transaction, journey, state)
        return OnTheWay((await load(transaction, handle, context)).path)
    address = read_address(identity)
    state = replace(state, step=Step.SIGN_UP_ADDRESS, identifier=address.address if address else "")
    if address is None or identity.email_trust not in _PROVEN:
        await move(transaction, journey, state)
    elif (await find_candidate(transaction, address.lookup)).identifier is None:
        now = transaction.clock.now()
        state = replace(
            state,
            step=Step.DETAILS,
            address=address.address,
            lookup=address.lookup,
            proven_at=now,
        )
        await move(transaction, journey, state)
    else:  # its owner reads the mailbox, so nobody learns anything
        target = email_code.target_of(address)
        asking = replace(journey, state=state)
        await challenge(transaction, asking, email_code, target, context)
    return OnTheWay((await load(transaction, journey.handle, context)).path)


def read_address(identity: ProvenIdentity) -> EmailAddress | None:
    """Give the address that the provider named, if it may be used at all."""
    if identity.email is None or identity.email_trust is EmailTrust.NONE:
        return None
    try:
        return parse_email(identity.email)
    except FormRefused:
        return None


async def _link_silently(transaction: UnitOfWork, identity: ProvenIdentity) -> bool:
    """Link without a question, only as rule 4 allows it; False where it does not."""
    policy = (await transaction.policies.get()).linking
    address = read_address(identity)
    if (
        identity.connection not in policy.silent
        or identity.email_trust is not EmailTrust.AUTHORITATIVE
        or address is None
    ):
        return False
    candidate = await find_candidate(transaction, address.lookup)
    known = candidate.identifier
    if not candidate.is_active or known is None or known.verified_at is None:
        return False
    if parse_email(known.value, old_carriers=True).address.lower() != address.address.lower():
        return False  # it merely looks alike
    enrolled = await transaction.authenticators.list_for(candidate.id)
    if any(one.method not in {"password", "passkey"} for one in enrolled):
        return False
    await link(transaction, candidate.id, identity)
    return True
