"""How many sign-ins fail, everybody's together: a leaked list is tried from thousands of networks.

No single name or network shows it then, only the sum does. It refuses nobody; what follows from it
is more work for browsers that are not known (`proof_of_work`).
"""

from datetime import timedelta
from typing import Final

from ciam.policies import Policies
from ciam.protection.lockout import BY_NETWORK
from ciam.protection.networks import network_of
from ciam.storage import UnitOfWork

FAILED: Final = "sign_in_failed"
_EVERYBODY: Final = "everybody"
_MINUTE: Final = timedelta(minutes=1)


async def note_failure(transaction: UnitOfWork) -> None:
    """Count one sign-in that failed, whoever it was."""
    await transaction.attempts.note(FAILED, _EVERYBODY, window=_MINUTE)


async def is_under_attack(transaction: UnitOfWork, policies: Policies, *, address: str) -> bool:
    """Whether too many fail in this minute, or half of what one network may fail did fail there."""
    failed = await transaction.attempts.count(FAILED, _EVERYBODY, window=_MINUTE)
    if failed >= policies.challenges.failures_minute:
        return True
    window, allowed = policies.limits.password_window, policies.limits.address_failures
    here = await transaction.attempts.count(BY_NETWORK, network_of(address), window=window)
    return here * 2 >= allowed
