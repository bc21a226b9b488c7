"""A-03, A-08, A-09: other spellings, addresses, browsers and journeys get round no limit."""

from datetime import timedelta
from typing import Final

import pytest

from ciam.authentication.journey import RECOVERY, SIGN_UP
from ciam.authentication.recovery import give_lost_address
from ciam.authentication.sign_in import sign_in
from ciam.authentication.sign_up import give_address
from ciam.authentication.verification import verify_code
from ciam.errors import FormRefused, SignInRefused, TooManyAttempts
from ciam.policies import LimitPolicy
from ciam.storage import Database
from tests.authentication.people import (
    PASSWORD,
    TARO,
    CountingHasher,
    mails,
    make_customer,
    new_browser,
    new_journey,
)
from tests.parts.clock import FakeClock

LIMITS: Final = LimitPolicy()
SPELLINGS: Final = (
    TARO,
    TARO.upper(),
    "  Taro@Example.JP ",
    "ｔａｒｏ@example.jp",
    "taro@ｅｘａｍｐｌｅ.jp",
    "tar\u006f@example.jp\u3000",
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Run on the embedded database alone: the limits themselves have both."""
    return sqlite_url


@pytest.fixture
async def quiet(database: Database) -> None:
    """Ask for no work: the limits have to hold by themselves."""
    async with database.write() as transaction:
        await transaction.policies.put("challenges", {"proof_of_work": "off"}, managed_by="file")
        await transaction.config.raise_generation()


async def _guess(
    database: Database, hasher: CountingHasher, name: str, password: str, **changes: str
) -> str:
    browser = new_browser(**changes)
    journey = await new_journey(database, browser)
    try:
        await sign_in(database, hasher, journey, browser, identifier=name, password=password)
    except (SignInRefused, TooManyAttempts) as refused:
        return type(refused).__name__
    return "in"


async def test_another_spelling_browser_or_network_gives_no_more_guesses(
    database: Database, hasher: CountingHasher
) -> None:
    await make_customer(database, hasher)
    allowed = LIMITS.password_failures
    told = [
        await _guess(database, hasher, SPELLINGS[number % len(SPELLINGS)], "wrong password")
        for number in range(allowed + 6)
    ]
    assert told == ["SignInRefused"] * allowed + ["TooManyAttempts"] * 6
    assert await _guess(database, hasher, TARO, PASSWORD) == "TooManyAttempts"


@pytest.mark.usefixtures("quiet")
async def test_another_address_of_the_same_64_gives_no_more_guesses(
    database: Database, hasher: CountingHasher
) -> None:
    allowed = LIMITS.address_failures
    told = [
        await _guess(
            database, hasher, f"n{number}@example.jp", "wrong", address=f"2001:db8::{number:x}:1"
        )
        for number in range(allowed + 3)
    ]
    assert told == ["SignInRefused"] * allowed + ["TooManyAttempts"] * 3


@pytest.mark.usefixtures("quiet")
async def test_to_succeed_for_oneself_gives_no_more_guesses(
    database: Database, hasher: CountingHasher
) -> None:
    await make_customer(database, hasher, "mallory@example.com")
    await make_customer(database, hasher)
    here = "192.0.2.77"
    told = []
    for number in range(LIMITS.address_failures + 4):
        if number % 5 == 0:
            await _guess(database, hasher, "mallory@example.com", PASSWORD, address=here)
        name = f"victim{number}@example.jp"
        told.append(await _guess(database, hasher, name, "wrong", address=here))
    assert told.count("SignInRefused") == LIMITS.address_failures


async def test_new_codes_and_journeys_give_no_more_guesses_at_an_address(
    database: Database, clock: FakeClock
) -> None:
    evaluated, refused = 0, 0
    for _ in range(LIMITS.mails_hour):
        browser = new_browser()
        handle = await new_journey(database, browser, SIGN_UP)
        await give_address(database, handle, browser, TARO)
        code = str((await mails(database))[-1]["message"]["code"])
        for step in range(LIMITS.code_attempts):
            wrong = f"{(int(code) + 1 + step) % 1_000_000:06}"
            try:
                await verify_code(database, handle, browser, wrong)
            except TooManyAttempts:
                refused += 1
            except FormRefused:
                evaluated += 1
        clock.advance(timedelta(minutes=1))
    assert (evaluated, refused) == (LIMITS.code_attempts_hour, 5)
    chance = LIMITS.code_attempts_day / 1_000_000
    print(f"A-08 | guesses an hour={evaluated}, a day at most {LIMITS.code_attempts_day}: {chance}")
    assert chance <= 5e-5


async def test_a_mailbox_gets_few_mails_whatever_way_and_network_they_are_asked_by(
    database: Database, hasher: CountingHasher, clock: FakeClock
) -> None:
    await make_customer(database, hasher)
    sent = []
    for _hour in range(6):
        for number in range(12):
            browser = new_browser()
            is_recovery = number % 2 == 0
            handle = await new_journey(database, browser, RECOVERY if is_recovery else SIGN_UP)
            spelling = SPELLINGS[number % len(SPELLINGS)]
            ask = give_lost_address if is_recovery else give_address
            await ask(database, handle, browser, spelling)
        sent.append(len(await mails(database)))
        clock.advance(timedelta(hours=1, minutes=10))
    assert sent[0] == LIMITS.mails_hour
    assert max(sent) == LIMITS.mails_day


async def test_what_follows_a_plus_gives_a_mailbox_no_more_mails(
    database: Database, hasher: CountingHasher
) -> None:
    await make_customer(database, hasher)
    for number in range(LIMITS.mails_hour + 4):
        browser = new_browser()
        handle = await new_journey(database, browser, SIGN_UP)
        await give_address(database, handle, browser, f"taro+{number}@example.jp")
    assert len(await mails(database)) == LIMITS.mails_hour
    browser = new_browser()
    handle = await new_journey(database, browser, SIGN_UP)
    await give_address(database, handle, browser, "+81@example.jp")
    assert len(await mails(database)) == LIMITS.mails_hour + 1, "of nobody else"
