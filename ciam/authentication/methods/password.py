"""The password: reserve the guess and commit, compare outside of any transaction, then go on.

A name that nobody has, a customer who may not sign in and one without a password cost the same
statements and the same hash as a wrong password, and get the same answer.
"""

from dataclasses import dataclass, field
from typing import Final

from ciam.audit.events import EventKind
from ciam.authentication.candidate import Candidate, find_candidate, record_about
from ciam.authentication.context import BrowserContext
from ciam.authentication.method import Proven
from ciam.authentication.names import wrong_name
from ciam.customers.credentials import store_rehashed
from ciam.customers.identifiers import normalise_login
from ciam.customers.password_rules import is_guessable
from ciam.customers.passwords import PasswordHasher, Verdict
from ciam.errors import SignInRefused, Unavailable
from ciam.protection.failure_rate import note_failure
from ciam.protection.lockout import Guess, reserve_guess, take_back
from ciam.protection.proof_of_work import WorkAsked, is_asked
from ciam.sessions.devices import find_device
from ciam.storage import Database
from ciam.texts import Text

METHOD: Final = "password"
AMR: Final = ("pwd",)


@dataclass(frozen=True, slots=True)
class _Reserved:
    """A guess that was counted and may now be evaluated."""

    candidate: Candidate
    guess: Guess
    known_device: str | None = field(repr=False)
    wrong: Text


async def prove_password(
    database: Database,
    hasher: PasswordHasher,
    context: BrowserContext,
    *,
    identifier: str,
    password: str,
    has_worked: bool = True,
) -> Proven:
    """Give who it is; raise SignInRefused, the same for every cause, or TooManyAttempts.

    Raise WorkAsked, and count nothing, where a browser that is not known has to work first.
    """
    reserved = await _reserve(database, context, identifier, has_worked=has_worked)
    verdict = await _compare(database, hasher, reserved, password)
    candidate = reserved.candidate
    if not verdict.matches or candidate.customer is None:
        async with database.write() as transaction:
            await record_about(transaction, EventKind.SIGN_IN_REFUSED, candidate, method=METHOD)
            await note_failure(transaction)
            for limit in reserved.guess.reached:
                await record_about(transaction, EventKind.LIMIT_REACHED, candidate, limit=limit)
        raise SignInRefused("wrong password, or nobody who may sign in", reserved.wrong)
    if verdict.needs_rehash:
        await _rehash(database, hasher, candidate, password)
    return Proven(
        candidate.id,
        candidate.customer.credential_epoch,
        METHOD,
        AMR,
        known_device=reserved.known_device,
        guess=reserved.guess,
        is_guessable=is_guessable(password),
    )


async def _reserve(
    database: Database, context: BrowserContext, typed: str, *, has_worked: bool
) -> _Reserved:
    async with database.write() as transaction:
        policies = await transaction.policies.get()
        login = normalise_login(typed, policies.names.region)
        candidate = await find_candidate(transaction, login)
        device = await find_device(transaction, candidate.id, context.device)
        if not has_worked and device is None:
            address = context.address
            if await is_asked(transaction, policies, address=address):
                raise WorkAsked("many sign-ins fail, and this browser is not known")
        guess = await reserve_guess(
            transaction, policies.limits, login, address=context.address, device=device
        )
        return _Reserved(candidate, guess, device, wrong_name(policies.names))


async def _compare(
    database: Database, hasher: PasswordHasher, reserved: _Reserved, password: str
) -> Verdict:
    stored = reserved.candidate.stored_password
    try:
        if stored is not None:
            return await hasher.verify(stored, password, database.keys)
        await hasher.waste()
    except Unavailable:  # nothing was evaluated; a busy server must not lock anybody out
        async with database.write() as transaction:
            await take_back(transaction, reserved.guess)
        raise
    return Verdict(matches=False, needs_rehash=False)


async def _rehash(
    database: Database, hasher: PasswordHasher, candidate: Candidate, password: str
) -> None:
    """Store the right password in today's form; a busy server leaves it for the next time."""
    try:
        renewed = await hasher.hash(password, database.keys)
    except Unavailable:
        return
    async with database.write() as transaction:
        await store_rehashed(
            transaction,
            candidate.id,
            verified=candidate.stored_password or "",
            new_hash=renewed,
        )
