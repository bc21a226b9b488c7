"""A-01: a leaked list is tried from as many networks as there are pairs; customers notice nothing.

Scaled down: what counts is the rate, so the limit is scaled too. The programs have no browser and
do no work; customers sign in on devices where they signed in before.
"""

import random
from typing import Final

import pytest

from ciam.authentication.completion import SignedIn
from ciam.authentication.context import BrowserContext
from ciam.authentication.sign_in import sign_in
from ciam.errors import SignInRefused
from ciam.protection.proof_of_work import WorkAsked
from ciam.storage import Database
from tests.authentication.people import (
    PASSWORD,
    CountingHasher,
    make_customer,
    new_browser,
    new_journey,
)

PAIRS, VALID, CUSTOMERS = 100, 10, 20
FAILURES_MINUTE: Final = 10


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Run on the embedded database alone: the limits themselves have both."""
    return sqlite_url


async def _try(
    database: Database, hasher: CountingHasher, browser: BrowserContext, name: str, password: str
) -> str:
    journey = await new_journey(database, browser)
    try:
        done = await sign_in(database, hasher, journey, browser, identifier=name, password=password)
    except (SignInRefused, WorkAsked) as refused:
        return type(refused).__name__
    return "in" if isinstance(done, SignedIn) else "on the way"


@pytest.mark.parametrize("is_on", [True, False], ids=["work asked", "twin without it"])
async def test_a_leaked_list_opens_little_and_customers_are_asked_nothing(
    database: Database, hasher: CountingHasher, *, is_on: bool
) -> None:
    luck = random.Random(1)
    await _set(database, "under_attack" if is_on else "off")
    stored = await hasher.hash(PASSWORD, database.keys)
    for number in range(VALID):
        await make_customer(database, hasher, f"leaked{number}@example.jp", password_hash=stored)
    for number in range(CUSTOMERS):
        await make_customer(database, hasher, f"real{number}@example.jp", password_hash=stored)
    devices = []
    for number in range(CUSTOMERS):
        browser = new_browser()
        journey = await new_journey(database, browser)
        name = f"real{number}@example.jp"
        done = await sign_in(database, hasher, journey, browser, identifier=name, password=PASSWORD)
        assert isinstance(done, SignedIn)
        devices.append((name, done.device))
    tries = [f"leaked{number}@example.jp" for number in range(PAIRS)] + devices
    luck.shuffle(tries)
    programs, people = [], []
    for one in tries:
        if isinstance(one, str):
            programs.append(await _try(database, hasher, new_browser(), one, PASSWORD))
        else:
            browser = new_browser(device=one[1])
            people.append(await _try(database, hasher, browser, one[0], PASSWORD))
    taken = programs.count("in")
    print(
        f"A-01 | pairs={PAIRS} valid={VALID} | taken={taken} | asked={programs.count('WorkAsked')}"
        f" | customers={len(people)} let in={people.count('in')} | seed=1 | work={is_on}"
    )
    assert people == ["in"] * CUSTOMERS
    assert (taken <= 2) if is_on else (taken == VALID)


async def _set(database: Database, proof_of_work: str) -> None:
    document = {"proof_of_work": proof_of_work, "failures_minute": FAILURES_MINUTE}
    async with database.write() as transaction:
        await transaction.policies.put("challenges", document, managed_by="file")
        await transaction.config.raise_generation()
