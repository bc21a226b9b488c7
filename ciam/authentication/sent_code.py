"""A code that is sent somewhere: six digits and perhaps a link, few guesses, used once.

Which way it goes (mail, SMS) is for a `SentCode` of `methods/`. What is kept is a row of `proof`:
hashes of code and link, for one journey, occasion and target. A guess is counted for the code and,
over every code and journey, for the target; both are committed before it is looked at. Sending a
new code gives no new guesses at the target.
"""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import Journey, StepTaken, load
from ciam.authentication.method import Occasion, Target
from ciam.authentication.state import Step
from ciam.errors import FormRefused
from ciam.identifiers import new_digits, new_secret
from ciam.policies import LimitPolicy
from ciam.protection.limits import reserve
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.proofs import Proof
from ciam.texts import Text

DIGITS: Final = 6
WRONG: Final = Text("That is not the code. Please look at the newest one again.")

_STEPS: Final = frozenset({Step.CODE, Step.CHANGE_CODE, Step.CHANGE_PHONE_CODE})
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_NOT_DIGITS: Final = Text("Enter the six digits of the code.")
_GONE: Final = Text("This code can no longer be used. Please have a new one sent.")


class WrongCode(FormRefused):
    """A guess that was evaluated and is not the code."""


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code and the secret of a link, as they are sent; only their hashes are kept."""

    digits: str = field(repr=False)
    token: str = field(repr=False)
    expires_at: datetime


def read_code(typed: str) -> str:
    """Give the digits of a code as it was typed or pasted; raise FormRefused for anything else."""
    code = "".join(
        sign for sign in unicodedata.normalize("NFKC", typed) if not sign.isspace() and sign != "-"
    )
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        raise FormRefused("not six digits", errors={"code": _NOT_DIGITS})
    return code


async def issue(
    transaction: UnitOfWork,
    journey: UUID,
    occasion: Occasion,
    target: Target,
    *,
    expires_at: datetime,
) -> NewCode:
    """Make a code and a link for one target; what the journey had before is void."""
    made = NewCode(new_digits(), new_secret("ln"), expires_at)
    await transaction.proofs.issue(
        journey,
        occasion,
        target.lookup,
        code=made.digits,
        link=made.token,
        expires_at=expires_at,
    )
    return made


async def check_code(
    database: Database, handle: str, context: BrowserContext, typed: str
) -> tuple[Journey, Proof]:
    """Give the journey and the proof that a code is right for; it is not used up yet.

    Raise WrongCode for a wrong code, FormRefused for an old or spent one, StepTaken where none is
    asked for any more, TooManyAttempts above the limits of the target.
    """
    code = read_code(typed)
    async with database.write() as transaction:
        journey = await load(transaction, handle, context)
        limits = (await transaction.policies.get()).limits
        proof = await _reserve(transaction, journey, limits)
    async with database.read() as transaction:
        is_right = await transaction.proofs.is_code(proof, code)
    if not is_right:
        has_more = proof.attempts + 1 < limits.code_attempts
        raise WrongCode("a wrong code", errors={"code": WRONG if has_more else _GONE})
    return journey, proof


async def claim_second(
    transaction: UnitOfWork,
    journey: Journey,
    target: Target | None,
    code: str,
    *,
    occasion: Occasion = Occasion.SECOND_FACTOR,
) -> bool:
    """Use up the code that was sent for the second factor of a journey, to this very target.

    The guess was counted for the journey and the customer (`second_factor`). A code of the same
    journey that was sent for anything else, or to another place, counts for nothing here.
    """
    if target is None:
        return False
    proof = await transaction.proofs.find_live(journey.id, purpose=occasion, target=target.lookup)
    if proof is None or not await transaction.proofs.is_code(proof, code):
        return False
    return await transaction.proofs.use(proof)


def code_gone(cause: str) -> FormRefused:
    """Make the refusal of a code that is used, replaced or too old."""
    return FormRefused(cause, errors={"code": _GONE})


async def _reserve(transaction: UnitOfWork, journey: Journey, limits: LimitPolicy) -> Proof:
    """Count a guess, for the target and for the code."""
    if journey.is_finished or journey.state.step not in _STEPS:
        raise StepTaken("no code is asked for, perhaps because this one was used a moment ago")
    proof = await transaction.proofs.find_live(journey.id)
    if proof is None or proof.attempts >= limits.code_attempts:  # nobody has to wait for that
        raise code_gone("the code is spent, too old or replaced")
    target = journey.state.lookup
    hourly, daily = limits.code_attempts_hour, limits.code_attempts_day
    await reserve(transaction, "code_hour", target, allowed=hourly, window=_HOUR)
    await reserve(transaction, "code_day", target, allowed=daily, window=_DAY)
    if not await transaction.proofs.reserve_attempt(proof, limits.code_attempts):
        raise code_gone("other guesses used the code up")
    return proof
