"""A journey belongs to one browser, takes each step once and ends at a page of ours."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ciam.authentication.journey import (
    RECOVERY,
    SIGN_IN,
    SIGN_UP,
    Requirement,
    StepTaken,
    begin,
    begin_from,
    check_return_to,
    finish,
    load,
    move,
)
from ciam.authentication.state import Step
from ciam.customers.passwords import PasswordHasher
from ciam.errors import PageRefusal
from ciam.storage import Database
from tests.authentication.people import make_customer, new_browser, new_journey, read_journey
from tests.parts.clock import FakeClock

REQUIREMENT = Requirement(
    ("urn:ciam:acr:2", "urn:ciam:acr:1"), timedelta(minutes=5), True, "taro@example.jp", True
)


@pytest.mark.parametrize(
    "path",
    [
        "/account",
        "/account/password",
        "/account/consents?done=given",
        "/authorize/resume?request=abc",
        "/consent?request=abc",
    ],
)
def test_pages_of_ours_are_ends(path: str) -> None:
    assert check_return_to(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "account",
        "/",
        "/accounts",
        "/token",
        "/sign-in",
        "//elsewhere.example.com/account",
        "///elsewhere.example.com/account",
        "/\\elsewhere.example.com",
        "/account\\..\\..",
        "/account/../token",
        "/account/..",
        "https://elsewhere.example.com/account",
        "javascript:alert(1)",
        "/account#fragment",
        "/account\r\nSet-Cookie: a=b",
        "/account\x00",
        "/account /x",
        "/アカウント",
        "/account/" + "x" * 2048,
    ],
)
def test_nothing_else_is(path: str) -> None:
    with pytest.raises(ValueError, match="may end at"):
        check_return_to(path)


async def test_what_was_asked_for_comes_back_as_it_was(database: Database) -> None:
    browser = new_browser()
    async with database.write() as transaction:
        handle = await begin(
            transaction,
            kind=SIGN_IN,
            requirement=REQUIREMENT,
            return_to="/authorize/resume?request=abc",
            context=browser,
        )
        journey = await load(transaction, handle, browser)
        assert journey.state.requirement == REQUIREMENT
        assert journey.state.identifier == "taro@example.jp"
        assert journey.path == f"/sign-in?journey={handle}"
        now = database.clock.now()
        state = replace(journey.state, step=Step.CODE, sent_at=now, proven_at=now)
        await move(transaction, journey, state)
        assert (await load(transaction, handle, browser)).state == state


async def test_another_browser_and_a_guess_find_nothing(database: Database) -> None:
    browser = new_browser()
    handle = await new_journey(database, browser)
    for wrong_handle, wrong_browser in ((handle, new_browser()), (handle + "x", browser)):
        with pytest.raises(PageRefusal):
            await read_journey(database, wrong_handle, wrong_browser)


@pytest.mark.parametrize(
    ("kind", "lifetime"),
    [
        (SIGN_IN, timedelta(hours=1)),
        (RECOVERY, timedelta(hours=1)),
        (SIGN_UP, timedelta(hours=24)),
    ],
)
async def test_it_ends_when_its_time_is_up(
    database: Database, clock: FakeClock, kind: str, lifetime: timedelta
) -> None:
    browser = new_browser()
    handle = await new_journey(database, browser, kind)
    clock.advance(lifetime - timedelta(seconds=1))
    journey = await read_journey(database, handle, browser)
    clock.advance(timedelta(seconds=1))
    with pytest.raises(PageRefusal):
        await read_journey(database, handle, browser)
    with pytest.raises(StepTaken):
        async with database.write() as transaction:
            await move(transaction, journey, journey.state)


async def test_a_step_is_taken_once(database: Database, hasher: PasswordHasher) -> None:
    customer = await make_customer(database, hasher)
    browser = new_browser()
    handle = await new_journey(database, browser)
    read = await read_journey(database, handle, browser)
    async with database.write() as transaction:
        await move(transaction, read, read.state)
    for claim in (move, finish):
        with pytest.raises(StepTaken):
            async with database.write() as transaction:
                await claim(transaction, read, read.state, customer=customer.id)
    read = await read_journey(database, handle, browser)
    async with database.write() as transaction:
        await finish(transaction, read, read.state, customer=customer.id)
    ended = await read_journey(database, handle, browser)
    assert ended.is_finished
    assert ended.path == "/account"


async def test_a_step_says_whose_journey_it_is_from_then_on(
    database: Database, hasher: PasswordHasher
) -> None:
    customer = await make_customer(database, hasher)
    browser = new_browser()
    handle = await new_journey(database, browser, RECOVERY)
    for owner in (customer.id, None):
        read = await read_journey(database, handle, browser)
        async with database.write() as transaction:
            await move(transaction, read, read.state, customer=owner)
        assert (await read_journey(database, handle, browser)).record.customer == owner


async def test_a_credential_event_ends_the_customers_journeys_and_no_other(
    database: Database, hasher: PasswordHasher
) -> None:
    customer = await make_customer(database, hasher)
    browser = new_browser()
    own, other = [await new_journey(database, browser, RECOVERY) for _ in range(2)]
    async with database.write() as transaction:
        read = await load(transaction, own, browser)
        await move(transaction, read, read.state, customer=customer.id)
        await transaction.journeys.end_all(customer.id)
    with pytest.raises(PageRefusal):
        await read_journey(database, own, browser)
    assert not (await read_journey(database, other, browser)).is_finished


async def test_a_journey_that_follows_another_ends_where_that_one_would(
    database: Database,
) -> None:
    browser = new_browser()
    async with database.write() as transaction:
        first = await begin(
            transaction,
            kind=SIGN_IN,
            requirement=REQUIREMENT,
            return_to="/authorize/resume?request=abc",
            context=browser,
        )
        origin = await load(transaction, first, browser)
        second = await begin_from(transaction, origin, SIGN_UP, browser)
        followed = await load(transaction, second, browser)
    assert followed.state.return_to == origin.state.return_to
    assert followed.state.requirement == replace(REQUIREMENT, create=False)
    assert second != first
