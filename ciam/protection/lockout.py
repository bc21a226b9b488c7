"""Guesses at a password: counted by sign-in name, by network, and apart for a known device.

The name is counted whether it exists or not. Strangers can use up what a name allows and lock each
other out; a device on which its customer signed in before has a count of its own, so nobody else
can lock it out (OWASP, "Device cookies"). A success takes back only its own attempt: to guess right
for one's own account must not buy guesses at another's.
"""

from dataclasses import dataclass
from typing import Final

from ciam.policies import LimitPolicy
from ciam.protection.limits import refund, reserve
from ciam.protection.networks import network_of
from ciam.storage import UnitOfWork
from ciam.storage.stores.attempts import Attempt

BY_NAME: Final = "password"
BY_DEVICE: Final = "password_device"
BY_NETWORK: Final = "password_network"


@dataclass(frozen=True, slots=True)
class Guess:
    """A reserved guess; commit before the password is looked at."""

    attempts: tuple[Attempt, ...]
    reached: tuple[str, ...]
    """The limits that this guess was the last one of: worth an event, once."""


async def reserve_guess(
    transaction: UnitOfWork, limits: LimitPolicy, login: str, *, address: str, device: str | None
) -> Guess:
    """Count one guess at the password of a name; raise TooManyAttempts above a limit.

    `login` is the lookup form; `device` the secret of a device known for this very customer.
    """
    window = limits.password_window
    if device is not None:
        allowed = limits.password_failures_known_device
        known = await reserve(transaction, BY_DEVICE, login, device, allowed=allowed, window=window)
        return _guess((known, allowed))
    by_name, by_network = limits.password_failures, limits.address_failures
    named = await reserve(transaction, BY_NAME, login, allowed=by_name, window=window)
    network = network_of(address)
    placed = await reserve(transaction, BY_NETWORK, network, allowed=by_network, window=window)
    return _guess((named, by_name), (placed, by_network))


async def take_back(transaction: UnitOfWork, guess: Guess) -> None:
    """Uncount a guess that was right."""
    await refund(transaction, *guess.attempts)


def _guess(*counted: tuple[Attempt, int]) -> Guess:
    return Guess(
        tuple(attempt for attempt, _ in counted),
        tuple(attempt.limit for attempt, allowed in counted if attempt.count == allowed),
    )
