"""A code and a link mailed to an address: six digits, few guesses, used once.

A guess is counted for the code and, over every code and journey, for the address; both are
committed before it is looked at. Sending a new code gives no new guesses at the address.
"""

import unicodedata
from datetime import timedelta
from typing import Final

from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import Journey, load
from ciam.authentication.state import Step
from ciam.errors import FormRefused
from ciam.policies import LimitPolicy
from ciam.protection.limits import reserve
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.proofs import Proof
from ciam.texts import Text

METHOD: Final = "email_code"
AMR: Final = ("otp",)
DIGITS: Final = 6

_STEPS: Final = frozenset({Step.CODE, Step.CHANGE_CODE})
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_NOT_DIGITS: Final = Text("Enter the six digits of the code.")
_WRONG: Final = Text("That is not the code. Please look at the newest mail again.")
_GONE: Final = Text("This code can no longer be used. Please have a new one sent.")


def read_code(typed: str) -> str:
    """Give the digits of a code as it was typed or pasted; raise FormRefused for anything else."""
    code = "".join(
        sign for sign in unicodedata.normalize("NFKC", typed) if not sign.isspace() and sign != "-"
    )
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        raise _refused("not six digits", _NOT_DIGITS)
    return code


async def check_code(
    database: Database, handle: str, context: BrowserContext, typed: str
) -> tuple[Journey, Proof]:
    """Give the journey and the proof that a code is right for; it is not used up yet.

    Raise FormRefused for a wrong, old or spent code, TooManyAttempts above the address's limits.
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
        raise _refused("a wrong code", _WRONG if has_more else _GONE)
    return journey, proof


async def _reserve(transaction: UnitOfWork, journey: Journey, limits: LimitPolicy) -> Proof:
    """Count a guess, for the address and for the code."""
    if journey.is_finished or journey.state.step not in _STEPS:
        raise _refused("no code is asked for", _GONE)
    proof = await transaction.proofs.find_live(journey.id)
    if proof is None or proof.attempts >= limits.code_attempts:  # nobody has to wait for that
        raise _refused("the code is spent, too old or replaced", _GONE)
    target = journey.state.lookup
    hourly, daily = limits.code_attempts_hour, limits.code_attempts_day
    await reserve(transaction, "code_hour", target, allowed=hourly, window=_HOUR)
    await reserve(transaction, "code_day", target, allowed=daily, window=_DAY)
    if not await transaction.proofs.reserve_attempt(proof, limits.code_attempts):
        raise _refused("other guesses used the code up", _GONE)
    return proof


def _refused(cause: str, text: Text) -> FormRefused:
    return FormRefused(cause, errors={"code": text})
