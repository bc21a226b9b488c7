"""The passkey: a signature over a challenge, by a key that never left its owner (WebAuthn Level 3).

As first method the authenticator must have verified its owner (PIN, finger, face): then it counts
as both factors, what one has and what one knows or is. As second factor it need not. What was done
is said in the words of RFC 8176 §2: `swk` for a key that is synced between devices and so lives in
software, `hwk` for one that cannot leave its device, `user` for the touch, `mfa` when the owner was
verified. Whether by PIN, finger or face is not known here, so none of these is claimed.

Nothing tells a stranger who has a passkey: the options are the same for everybody.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import Journey, StepTaken
from ciam.authentication.method import Proven
from ciam.customers.passkey_ceremonies import (
    Answer,
    Asserted,
    CeremonyRefused,
    RelyingParty,
    assertion_options,
    read_assertion,
    verify_assertion,
)
from ciam.customers.passkey_challenges import (
    SECOND_FACTOR,
    SIGN_IN,
    ChallengeRefused,
    Scope,
    claim,
    issue,
)
from ciam.errors import SignInRefused
from ciam.identifiers import is_same
from ciam.protection.limits import reserve
from ciam.protection.lockout import Guess
from ciam.protection.networks import network_of
from ciam.sessions.devices import find_device
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.passkeys import PASSKEY, Credential, Passkey
from ciam.texts import Text

METHOD: Final = PASSKEY
AMR: Final = ("hwk", "swk", "user", "mfa")
"""Every value that a passkey may put into `amr`."""

REFUSED: Final = Text("That passkey did not work here. Please try again, or sign in another way.")
_LIMIT: Final = "passkey_network"


@dataclass(frozen=True, slots=True)
class PasskeyProof:
    """An assertion that was verified, still to be used in the transaction that goes on from it."""

    proven: Proven
    passkey: Passkey
    answer: Answer
    asserted: Asserted


def sign_in_options(
    transaction: UnitOfWork, party: RelyingParty, journey: Journey, context: BrowserContext
) -> str:
    """Give the options of a first method, as JSON: for whoever it may be."""
    scope = _scope(journey, context, SIGN_IN)
    challenge = issue(transaction.keys, scope, journey.record.expires_at)
    return assertion_options(party, challenge, is_verification_required=True)


async def second_factor_options(
    transaction: UnitOfWork,
    party: RelyingParty,
    journey: Journey,
    context: BrowserContext,
    owner: UUID,
) -> str | None:
    """Give the options of a second factor, as JSON: the passkeys of the owner, None without any."""
    enrolled = await transaction.passkeys.list_for(owner)
    if not enrolled:
        return None
    scope = _scope(journey, context, SECOND_FACTOR)
    challenge = issue(transaction.keys, scope, journey.record.expires_at)
    allowed = [one.credential for one in enrolled]
    return assertion_options(party, challenge, allowed=allowed, is_verification_required=False)


async def prove_passkey(
    database: Database,
    party: RelyingParty,
    journey: Journey,
    context: BrowserContext,
    text: str,
    *,
    owner: UUID | None = None,
) -> PasskeyProof:
    """Give whose passkey signed; `owner` is who it has to be, as a second factor.

    Raise SignInRefused, the same for every cause, or TooManyAttempts for a network that fails too
    often. The proof is used up by `use_proof`, in the transaction that goes on.
    """
    purpose = SIGN_IN if owner is None else SECOND_FACTOR
    try:
        answer = read_assertion(
            database.keys, _scope(journey, context, purpose), text, database.clock.now()
        )
    except (CeremonyRefused, ChallengeRefused) as refused:
        raise SignInRefused(refused.cause, REFUSED) from refused
    guess = await _reserve(database, context)
    async with database.read() as transaction:
        passkey = await transaction.passkeys.find(answer.credential_id)
        customer = await transaction.customers.find(passkey.customer) if passkey else None
        handle = await transaction.passkeys.find_handle(passkey.customer) if passkey else None
        device = (
            await find_device(transaction, passkey.customer, context.device) if passkey else None
        )
    if passkey is None or customer is None or not customer.is_active:
        raise SignInRefused("an unknown credential, or nobody who may sign in", REFUSED)
    try:
        _check_owner(passkey, answer, handle, owner)
        asserted = verify_assertion(
            party, answer, passkey.credential, is_verification_required=owner is None
        )
    except CeremonyRefused as refused:
        await _record_refusal(database, passkey)
        raise SignInRefused(refused.cause, REFUSED) from refused
    proven = Proven(
        passkey.customer,
        customer.credential_epoch,
        METHOD,
        amr_of(passkey.credential, asserted),
        known_device=device,
        guess=guess,
        is_second=owner is not None,
    )
    return PasskeyProof(proven, passkey, answer, asserted)


async def use_proof(transaction: UnitOfWork, proof: PasskeyProof) -> None:
    """Use the challenge up and raise the counter; the caller goes on in the same transaction.

    Raise StepTaken when the answer was used before, SignInRefused for a counter that went back
    where the policy refuses it.
    """
    await transaction.customers.lock(proof.passkey.customer)
    if not await claim(transaction, proof.answer.challenge):
        raise StepTaken("the challenge was used before")
    passkey, asserted = proof.passkey, proof.asserted
    if await transaction.passkeys.note_use(
        passkey, asserted.sign_count, is_backed_up=asserted.is_backed_up
    ):
        return
    policy = (await transaction.policies.get()).passkeys
    is_refused = policy.count_regression == "refuse"

    async def note(transaction: UnitOfWork) -> None:
        await record(
            transaction,
            EventKind.PASSKEY_COUNT_REGRESSED,
            actor=Actor.anyone(),
            customer=passkey.customer,
            passkey=passkey.id.hex,
            seen=passkey.credential.sign_count,
            came=asserted.sign_count,
            refused=is_refused,
        )

    if is_refused:
        transaction.on_refusal(note)
        raise SignInRefused("the counter went back: the key may have been copied", REFUSED)
    await note(transaction)


def amr_of(credential: Credential, asserted: Asserted) -> tuple[str, ...]:
    """Give what was proven, in the words of RFC 8176."""
    kept = "swk" if credential.is_backup_eligible else "hwk"
    return (kept, "user", "mfa") if asserted.is_user_verified else (kept, "user")


def _check_owner(
    passkey: Passkey, answer: Answer, handle: bytes | None, owner: UUID | None
) -> None:
    """Check whose credential it is (§7.2, 6): its customer's handle, and who is asked for."""
    if owner is not None and passkey.customer != owner:
        raise CeremonyRefused("the credential of another customer")
    if answer.handle is None and owner is None:
        raise CeremonyRefused("no user handle: who it is was not known before")
    if answer.handle is not None and (handle is None or not is_same(answer.handle, handle)):
        raise CeremonyRefused("the user handle of somebody else")


async def _reserve(database: Database, context: BrowserContext) -> Guess:
    """Count what may fail, for the network; the customer's proof takes it back."""
    async with database.write() as transaction:
        limits = (await transaction.policies.get()).limits
        attempt = await reserve(
            transaction,
            _LIMIT,
            network_of(context.address),
            allowed=limits.address_failures,
            window=limits.password_window,
        )
    return Guess((attempt,), ())


async def _record_refusal(database: Database, passkey: Passkey) -> None:
    async with database.write() as transaction:
        await record(
            transaction,
            EventKind.SIGN_IN_REFUSED,
            actor=Actor.anyone(),
            customer=passkey.customer,
            method=METHOD,
        )


def _scope(journey: Journey, context: BrowserContext, purpose: str) -> Scope:
    return Scope(purpose, context.browser_hash, str(journey.id))
