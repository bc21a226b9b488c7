"""Races, short size: one account per address, exact counts of guesses, one end of each journey.

Each counts only because its deliberately broken twin, in the same race, is caught.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

import pytest
from sqlalchemy import func, select, update

from ciam.authentication import sent_code
from ciam.authentication.completion import SignedIn
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import RECOVERY, SIGN_UP, StepTaken, load, move
from ciam.authentication.proceed import OnTheWay
from ciam.authentication.recovery import give_lost_address
from ciam.authentication.sign_in import sign_in
from ciam.authentication.sign_up import finish_sign_up, give_address
from ciam.authentication.state import Step
from ciam.authentication.verification import verify_code, verify_link
from ciam.customers.customer import AddressTaken
from ciam.customers.identifiers import normalise_email, parse_email
from ciam.customers.passwords import PasswordHasher
from ciam.errors import FormRefused, Refusal, SignInRefused, TooManyAttempts
from ciam.storage import Database
from ciam.storage.stores.identifiers import IdentifierStore
from ciam.storage.stores.proofs import ProofStore
from ciam.storage.tables.customers import customer, identifier
from ciam.storage.tables.journeys import proof
from ciam.storage.tables.sessions import customer_session
from tests.authentication.people import (
    PASSWORD,
    TARO,
    CountingHasher,
    mails,
    make_customer,
    new_browser,
    new_journey,
    read_journey,
)
from tests.parts.clock import FakeClock

ORIGIN = "https://id.example.jp"
PARALLEL = 20
VARIANTS = (
    "hanako@example.jp",
    "HANAKO@example.jp",
    "Hanako@Example.JP",
    "ｈａｎａｋｏ@example.jp",
)
WORDS = ("correct horse battery", "purple monkey dishwasher", "seven green lanterns here")

T = TypeVar("T")
_NODES = 3
_CONNECTIONS = 10

Finish = Callable[
    [Database, PasswordHasher, str, BrowserContext, int], Awaitable[SignedIn | OnTheWay]
]


@pytest.fixture
async def nodes(
    database_url: str, database: Database, clock: FakeClock
) -> AsyncIterator[list[Database]]:
    """Give three nodes of one installation."""
    others = [Database.open(database_url, clock, database.keys.master) for _ in range(_NODES - 1)]
    yield [database, *others]
    for other in others:
        await other.close()


async def _at_once(one: Callable[[int], Awaitable[T]], number: int) -> list[T]:
    """Run all of them together, on each node as many at a time as it has connections."""
    free = [asyncio.Semaphore(_CONNECTIONS) for _ in range(_NODES)]

    async def run(index: int) -> T:
        async with free[index % _NODES]:
            return await one(index)

    return list(await asyncio.gather(*(run(index) for index in range(number))))


async def _proven_sign_up(database: Database, typed: str) -> tuple[str, BrowserContext]:
    """Give a sign-up whose address is proven."""
    browser = new_browser()
    handle = await new_journey(database, browser, SIGN_UP)
    address = parse_email(typed)
    async with database.write() as transaction:
        journey = await load(transaction, handle, browser)
        state = replace(
            journey.state,
            step=Step.DETAILS,
            address=address.address,
            lookup=address.lookup,
            proven_at=database.clock.now(),
        )
        await move(transaction, journey, state)
    return handle, browser


def _form(number: int) -> dict[str, str]:
    return {
        "family_name": "山田",
        "given_name": "花子",
        "password": WORDS[number % len(WORDS)],
    }


async def _finish(
    database: Database, hasher: PasswordHasher, handle: str, browser: BrowserContext, number: int
) -> SignedIn | OnTheWay:
    return await finish_sign_up(database, hasher, handle, browser, _form(number), origin=ORIGIN)


async def _finish_after_looking(
    database: Database, hasher: PasswordHasher, handle: str, browser: BrowserContext, number: int
) -> SignedIn | OnTheWay:
    """Be the broken twin: look whether the address is free, then make the customer."""
    async with database.read() as transaction:
        if await transaction.identifiers.find_login(normalise_email(VARIANTS[0])) is not None:
            raise AddressTaken(None)
    return await _finish(database, hasher, handle, browser, number)


async def _race_for_one_address(
    nodes: list[Database], hasher: PasswordHasher, finish: Finish
) -> list[SignedIn | OnTheWay | Refusal]:
    journeys = [
        await _proven_sign_up(nodes[0], VARIANTS[number % len(VARIANTS)])
        for number in range(PARALLEL)
    ]

    async def one(number: int) -> SignedIn | OnTheWay | Refusal:
        handle, browser = journeys[number]
        try:
            return await finish(nodes[number % len(nodes)], hasher, handle, browser, number)
        except Refusal as refused:
            return refused

    return await _at_once(one, PARALLEL)


async def _count_customers(database: Database) -> tuple[int, int]:
    async with database.read() as transaction:
        made = await transaction.connection.scalar(select(func.count()).select_from(customer))
        named = await transaction.connection.scalar(select(func.count()).select_from(identifier))
    return made or 0, named or 0


async def test_one_account_per_address(nodes: list[Database], hasher: CountingHasher) -> None:
    results = await _race_for_one_address(nodes, hasher, _finish)
    assert sum(isinstance(one, SignedIn) for one in results) == 1
    assert sum(isinstance(one, AddressTaken) for one in results) == PARALLEL - 1, results
    assert await _count_customers(nodes[0]) == (1, 1), "the losers leave nothing behind"


async def test_the_race_for_an_address_catches_its_twin(
    nodes: list[Database], hasher: CountingHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def claim_without_asking(*_: object) -> bool:
        return True

    monkeypatch.setattr(IdentifierStore, "_claim", claim_without_asking)
    results = await _race_for_one_address(nodes, hasher, _finish_after_looking)
    assert sum(isinstance(one, SignedIn) for one in results) > 1


Check = Callable[[Database, str, BrowserContext, str], Awaitable[object]]


async def _check_after_looking(
    database: Database, handle: str, browser: BrowserContext, typed: str
) -> None:
    """Be the broken twin: look at the count, evaluate, count afterwards."""
    journey = await read_journey(database, handle, browser)
    async with database.read() as transaction:
        found = await transaction.proofs.find_live(journey.id)
        if found is None or found.attempts >= 5:
            raise FormRefused("spent")
        is_right = await transaction.proofs.is_code(found, typed)
    async with database.write() as transaction:
        await transaction.connection.execute(
            update(proof).where(proof.c.id == found.id).values(attempts=proof.c.attempts + 1)
        )
    if not is_right:
        raise FormRefused("wrong")


async def _count_evaluated_codes(
    nodes: list[Database], monkeypatch: pytest.MonkeyPatch, check: Check
) -> int:
    evaluated = 0
    real = ProofStore.is_code

    async def counted(store: ProofStore, found: object, code: str) -> bool:
        nonlocal evaluated
        evaluated += 1
        return await real(store, found, code)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(ProofStore, "is_code", counted)
    browser = new_browser()
    handle = await new_journey(nodes[0], browser, SIGN_UP)
    await give_address(nodes[0], handle, browser, TARO)
    code = (await mails(nodes[0]))[-1]["message"]["code"]
    wrong = [f"{number:06}" for number in range(101) if f"{number:06}" != code][:100]

    async def one(number: int) -> None:
        with suppress(FormRefused, TooManyAttempts):
            await check(nodes[number % len(nodes)], handle, browser, wrong[number])

    await _at_once(one, 100)
    return evaluated


async def test_a_hundred_wrong_codes_are_evaluated_five_times(
    nodes: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await _count_evaluated_codes(nodes, monkeypatch, sent_code.check_code) == 5


async def test_the_race_of_wrong_codes_catches_its_twin(
    nodes: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await _count_evaluated_codes(nodes, monkeypatch, _check_after_looking) > 5


async def test_a_hundred_wrong_passwords_are_compared_ten_times(
    nodes: list[Database], hasher: CountingHasher
) -> None:
    await make_customer(nodes[0], hasher)
    hasher.work = 0
    browsers = [new_browser() for _ in range(100)]
    handles = [await new_journey(nodes[0], browser) for browser in browsers]

    async def one(number: int) -> None:
        with suppress(SignInRefused, TooManyAttempts):
            await sign_in(
                nodes[number % len(nodes)],
                hasher,
                handles[number],
                browsers[number],
                identifier=TARO,
                password=f"guess {number}",
            )

    await _at_once(one, 100)
    assert hasher.work == 10


@pytest.mark.parametrize("way", ["code", "link"])
async def test_a_code_and_its_link_are_used_once(
    nodes: list[Database], hasher: CountingHasher, way: str
) -> None:
    await make_customer(nodes[0], hasher)
    browser = new_browser()
    handle = await new_journey(nodes[0], browser, RECOVERY)
    await give_lost_address(nodes[0], handle, browser, TARO)
    message = (await mails(nodes[0]))[-1]["message"]
    secret = message["code"] if way == "code" else message["link"].partition("token=")[2]
    verify = verify_code if way == "code" else verify_link

    async def one(number: int) -> bool:
        try:
            await verify(nodes[number % len(nodes)], handle, browser, secret)
        except (StepTaken, FormRefused):
            return False
        return True

    assert sum(await _at_once(one, PARALLEL)) == 1
    journey = await read_journey(nodes[0], handle, browser)
    assert journey.state.step is Step.NEW_PASSWORD


async def test_one_form_sent_many_times_begins_one_session(
    nodes: list[Database], hasher: CountingHasher
) -> None:
    await make_customer(nodes[0], hasher)
    browser = new_browser()
    handle = await new_journey(nodes[0], browser)
    answers = await asyncio.gather(
        *(
            sign_in(
                nodes[number % len(nodes)],
                hasher,
                handle,
                browser,
                identifier=TARO,
                password=PASSWORD,
            )
            for number in range(8)
        )
    )
    assert len(set(answers)) == 1, "the same answer to each"
    async with nodes[0].read() as transaction:
        sessions = await transaction.connection.scalar(
            select(func.count()).select_from(customer_session)
        )
    assert sessions == 1
