"""The security check-up: what a customer could do to make signing in safer, and what is well.

One more point is one function and one entry of `POINTS`; its words are in
`ciam/web/pages/account/check_up.py`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ciam.authentication.methods import SECOND_FACTORS, recovery_code
from ciam.authentication.risk_signals import GUESSABLE_PASSWORD
from ciam.storage import UnitOfWork
from ciam.storage.stores.authenticators import TOTP
from ciam.storage.stores.sessions import Session

SECOND_FACTOR: Final = "second_factor"
RECOVERY_CODES: Final = "recovery_codes"
PASSWORD: Final = "password"
SESSIONS: Final = "sessions"

FEW_CODES: Final = 3
OLD_PASSWORD: Final = timedelta(days=3 * 365)
_ASSESSMENTS: Final = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One point of the check-up: `count` is of codes or devices, `is_well` asks for nothing."""

    point: str
    is_well: bool
    count: int = 0


async def check_up(transaction: UnitOfWork, session: Session) -> list[Finding]:
    """Give what there is to say to the customer of a session, what needs them first."""
    found = [await point(transaction, session) for point in POINTS]
    return sorted((one for one in found if one is not None), key=lambda one: one.is_well)


async def second_factor(transaction: UnitOfWork, session: Session) -> Finding:
    """Check that a password alone does not open the account."""
    customer = session.customer
    enrolled = [
        one.METHOD for one in SECOND_FACTORS if await one.is_enrolled(transaction, customer)
    ]
    is_asked = any(method != recovery_code.METHOD for method in enrolled)
    has_passkey = bool(await transaction.passkeys.list_for(customer))
    return Finding(SECOND_FACTOR, is_well=has_passkey or is_asked)


async def recovery_codes(transaction: UnitOfWork, session: Session) -> Finding | None:
    """Check that enough codes are left for when the app is lost."""
    if await transaction.authenticators.find_one(session.customer, TOTP) is None:
        return None
    left = await transaction.recovery_codes.count_left(session.customer)
    return Finding(RECOVERY_CODES, left > FEW_CODES, left)


async def password(transaction: UnitOfWork, session: Session) -> Finding | None:
    """Check that the password is neither old nor among those that are guessed first."""
    stored = await transaction.authenticators.find_password(session.customer)
    if stored is None:
        return None
    is_guessable = await _is_guessable(transaction, session.customer, stored.created_at)
    is_old = transaction.clock.now() - stored.created_at > OLD_PASSWORD
    return Finding(PASSWORD, not (is_guessable or is_old), int(is_guessable))


async def sessions(transaction: UnitOfWork, session: Session) -> Finding:
    """Ask whether the customer knows all the other devices where they are signed in."""
    listed = await transaction.sessions.list_for(session.customer)
    others = sum(1 for one in listed if one.id != session.id)
    return Finding(SESSIONS, others == 0, others)


POINTS: Final[tuple[Callable[[UnitOfWork, Session], Awaitable[Finding | None]], ...]] = (
    second_factor,
    recovery_codes,
    password,
    sessions,
)
"""Every point there is."""


async def _is_guessable(transaction: UnitOfWork, customer: UUID, since: datetime) -> bool:
    """Tell whether a sign-in with the present password found it among the guessed ones."""
    lately = await transaction.risk_assessments.list_for(customer, limit=_ASSESSMENTS)
    return any(one.assessed_at >= since and GUESSABLE_PASSWORD in one.signals for one in lately)
