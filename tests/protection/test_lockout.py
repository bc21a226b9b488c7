"""Guesses at passwords: names, networks, and devices that nobody can lock out."""

import pytest

from ciam.errors import TooManyAttempts
from ciam.policies import LimitPolicy
from ciam.protection.lockout import Guess, reserve_guess, take_back
from ciam.storage import Database

LIMITS = LimitPolicy()
VICTIM = "victim@example.com"


async def _guess(
    database: Database,
    login: str = VICTIM,
    *,
    address: str = "192.0.2.1",
    device: str | None = None,
) -> Guess | None:
    try:
        async with database.write() as transaction:
            return await reserve_guess(transaction, LIMITS, login, address=address, device=device)
    except TooManyAttempts:
        return None


async def test_strangers_are_stopped_and_the_known_device_is_not(database: Database) -> None:
    let_through = [
        await _guess(database, address=f"198.51.100.{number % 250}") for number in range(60)
    ]
    assert sum(guess is not None for guess in let_through) == LIMITS.password_failures
    assert await _guess(database, address="198.51.100.1", device="known") is not None


async def test_a_known_device_has_a_limit_of_its_own(database: Database) -> None:
    let_through = [await _guess(database, device="known") for _ in range(25)]
    assert sum(guess is not None for guess in let_through) == LIMITS.password_failures_known_device


async def test_one_network_may_not_try_many_names(database: Database) -> None:
    let_through = [
        await _guess(database, f"{number}@example.com", address=f"2001:db8:1:2::{number:x}")
        for number in range(LIMITS.address_failures + 10)
    ]
    assert sum(guess is not None for guess in let_through) == LIMITS.address_failures


async def test_a_success_buys_no_guesses_at_others(database: Database) -> None:
    for number in range(LIMITS.address_failures):
        own = await _guess(database, f"own{number}@example.com")
        assert own is not None
        if number % 5 == 0:
            async with database.write() as transaction:
                await take_back(transaction, own)
    rest = [await _guess(database, f"other{number}@example.com") for number in range(30)]
    assert sum(guess is not None for guess in rest) == LIMITS.address_failures // 5


@pytest.mark.parametrize("device", [None, "known"])
async def test_what_is_right_is_not_counted(database: Database, device: str | None) -> None:
    for _ in range(LIMITS.password_failures_known_device + 5):
        guess = await _guess(database, device=device)
        assert guess is not None
        async with database.write() as transaction:
            await take_back(transaction, guess)
