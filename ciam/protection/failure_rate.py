"""How many sign-ins fail and how many codes are asked for, everybody's together.

A leaked list is tried, and mailboxes are flooded, from thousands of networks: no single name or
network shows it then, only the sum does. It refuses nobody; what follows from it is more work for
browsers that are not known (`proof_of_work`).
"""

from datetime import timedelta
from typing import Final

from ciam.policies import Policies
from ciam.protection.lockout import BY_NETWORK
from ciam.protection.networks import network_of
from ciam.storage import UnitOfWork

FAILED: Final = "sign_in_failed"
CODES: Final = "code_asked"
_EVERYBODY: Final = "everybody"
_MINUTE: Final = timedelta(minutes=1)


async def note_failure(transaction: UnitOfWork) -> None:
    """Count one sign-in that failed, whoever it was."""
    await transaction.attempts.note(FAILED, _EVERYBODY, window=_MINUTE)


async def note_code(transaction: UnitOfWork) -> None:
    """Count one code that was asked for, whether or not it may go out."""
    await transaction.attempts.note(CODES, _EVERYBODY, window=_MINUTE)


async def is_under_attack(transaction: UnitOfWork, policies: Policies, *, address: str) -> bool:
    """Whether too many fail or ask for codes in this minute.

    Or half of what one network may fail did fail there.
    """
    policy = policies.challenges
    for limit, allowed in ((FAILED, policy.failures_minute), (CODES, policy.codes_minute)):
        if await transaction.attempts.count(limit, _EVERYBODY, window=_MINUTE) >= allowed:
            return True
    window, allowed = policies.limits.password_window, policies.limits.address_failures
    here = await transaction.attempts.count(BY_NETWORK, network_of(address), window=window)
    return here * 2 >= allowed
