"""Operators signing in: password and code together, one answer for every cause.

Reserve the guess and commit, compare outside of any transaction, then claim the code's step by one
statement. An address without an operator costs the same hash and gets the same answer.
"""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from ciam.administration.roles import Permission, permissions_of
from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.customers.identifiers import normalise_login
from ciam.customers.passwords import PasswordHasher
from ciam.customers.totp import find_step
from ciam.errors import SignInRefused, Unavailable
from ciam.identifiers import new_secret
from ciam.protection.lockout import Guess, reserve_guess, take_back
from ciam.storage import Database, UnitOfWork
from ciam.storage.seen_sessions import WORTH_NOTING
from ciam.storage.stores.operator_sessions import OperatorSession
from ciam.storage.stores.operators import Operator
from ciam.texts import Text

WRONG: Final = Text("That e-mail, password and code do not match. A code works only once.")
_SIGNED_OUT: Final = "signed_out"


@dataclass(frozen=True, slots=True)
class Desk:
    """An operator who is signed in, and the session they act in."""

    operator: Operator
    session: OperatorSession

    @property
    def permissions(self) -> frozenset[Permission]:
        """What may be done here."""
        return permissions_of(self.operator.roles)

    @property
    def actor(self) -> Actor:
        """Who stands in the audit log: an id, not a name."""
        return Actor.operator(str(self.operator.id))

    async def is_fresh(self, transaction: UnitOfWork) -> bool:
        """Whether the proof is recent enough to reveal a value or change an operator."""
        policy = (await transaction.policies.get()).operators
        return transaction.clock.now() - self.session.authenticated_at <= policy.fresh


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that began."""

    secret: str = field(repr=False)
    session: UUID


async def sign_in(
    database: Database,
    hasher: PasswordHasher,
    *,
    email: str,
    password: str,
    code: str,
    address: str,
    kind: str,
) -> SignedIn:
    """Begin a session; raise SignInRefused, the same for every cause, or TooManyAttempts."""
    found, guess = await _compare(database, hasher, email, password, address)
    secret = new_secret("os")
    async with database.write() as transaction:
        if found is not None and await _use_code(transaction, found, code):
            await take_back(transaction, guess)
            policy = (await transaction.policies.get()).operators
            session = await transaction.operator_sessions.start(
                found.id,
                secret,
                kind=kind,
                expires_at=transaction.clock.now() + policy.lifetime,
            )
            actor = Actor.operator(str(found.id))
            await record(transaction, EventKind.OPERATOR_SIGNED_IN, actor=actor, session=kind)
            return SignedIn(secret, session)
    raise await _refused(database, email, guess)


async def confirm(
    database: Database,
    hasher: PasswordHasher,
    desk: Desk,
    *,
    password: str,
    code: str,
    address: str,
) -> str:
    """Prove again who sits there; gives the session's new secret."""
    email = desk.operator.email
    found, guess = await _compare(database, hasher, email, password, address)
    secret = new_secret("os")
    async with database.write() as transaction:
        if (
            found is not None
            and found.id == desk.operator.id
            and await _use_code(transaction, found, code)
            and await transaction.operator_sessions.renew(desk.session.id, secret)
        ):
            await take_back(transaction, guess)
            await record(transaction, EventKind.OPERATOR_CONFIRMED, actor=desk.actor)
            return secret
    raise await _refused(database, email, guess)


async def find_desk(transaction: UnitOfWork, secret: str, *, kind: str) -> Desk | None:
    """Give who is signed in: the session lives and is not idle, the operator is active."""
    session = await transaction.operator_sessions.find(secret, kind=kind)
    if session is None:
        return None
    idle = (await transaction.policies.get()).operators.idle
    if transaction.clock.now() - session.last_seen_at > idle:
        return None
    operator = await transaction.operators.find(session.operator)
    return Desk(operator, session) if operator is not None and operator.is_active else None


async def note_use(database: Database, desk: Desk) -> None:
    """Keep a session that is in use from becoming idle; not at each request."""
    if database.clock.now() - desk.session.last_seen_at > WORTH_NOTING:
        async with database.write() as transaction:
            await transaction.operator_sessions.touch(desk.session.id)


async def sign_out(transaction: UnitOfWork, desk: Desk) -> None:
    """End the session; twice is once."""
    if await transaction.operator_sessions.end(desk.session.id, _SIGNED_OUT):
        await record(transaction, EventKind.OPERATOR_SIGNED_OUT, actor=desk.actor)


async def _compare(
    database: Database, hasher: PasswordHasher, email: str, password: str, address: str
) -> tuple[Operator | None, Guess]:
    """Give the operator whose password this is, or None, and the guess that was counted."""
    lookup = normalise_login(email)
    async with database.write() as transaction:
        limits = (await transaction.policies.get()).limits
        guess = await reserve_guess(
            transaction, limits, f"operator:{lookup}", address=address, device=None
        )
        operator = await transaction.operators.find_by_email(lookup)
    try:
        if operator is None or not operator.is_active:
            await hasher.waste()
            return None, guess
        verdict = await hasher.verify(operator.password, password, database.keys)
    except Unavailable:  # nothing was evaluated; a busy server must not lock anybody out
        async with database.write() as transaction:
            await take_back(transaction, guess)
        raise
    return (operator if verdict.matches else None), guess


async def _use_code(transaction: UnitOfWork, operator: Operator, code: str) -> bool:
    step = find_step(operator.seed, code, transaction.clock.now(), after=operator.used_step)
    return step is not None and await transaction.operators.use_step(operator.id, step)


async def _refused(database: Database, email: str, guess: Guess) -> SignInRefused:
    async with database.write() as transaction:
        operator = await transaction.operators.find_by_email(normalise_login(email))
        actor = Actor.anyone() if operator is None else Actor.operator(str(operator.id))
        await record(transaction, EventKind.OPERATOR_REFUSED, actor=actor)
        for limit in guess.reached:
            await record(transaction, EventKind.LIMIT_REACHED, actor=actor, limit=limit)
    return SignInRefused("wrong password or code, or nobody who may sign in", WRONG)
