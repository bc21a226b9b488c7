"""Races of codes that are sent, short size: each opens once, guesses are exact, nothing is stuck.

Each counts only because its deliberately broken twin, in the same race, is caught.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import func, select

from ciam.authentication import second_factor
from ciam.authentication.code_sign_in import ask_for_code, sign_in_with_code, sign_in_with_link
from ciam.authentication.completion import SignedIn
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import StepTaken
from ciam.authentication.second_factor import prove_second_factor, send_second_factor
from ciam.authentication.sign_in import sign_in
from ciam.customers.credentials import end_access
from ciam.errors import FormRefused, PageRefusal, Refusal, TooManyAttempts
from ciam.protection.lockout import Guess
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.proofs import Proof, ProofStore
from ciam.storage.tables.sessions import customer_session
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

PARALLEL = 20
_NODES = 3
_CONNECTIONS = 10
WAY = "email_code"


@pytest.fixture
async def nodes(
    database_url: str, database: Database, clock: FakeClock
) -> AsyncIterator[list[Database]]:
    """Give three nodes of one installation."""
    others = [Database.open(database_url, clock, database.keys.master) for _ in range(_NODES - 1)]
    yield [database, *others]
    for other in others:
        await other.close()


async def _at_once(one: Callable[[int], Awaitable[Any]], number: int = PARALLEL) -> list[Any]:
    """Run all together, on each node as many as it has connections; a refusal is an answer."""
    free = [asyncio.Semaphore(_CONNECTIONS) for _ in range(_NODES)]

    async def run(index: int) -> object:
        async with free[index % _NODES]:
            try:
                return await one(index)
            except Refusal as refused:
                return refused

    return list(await asyncio.gather(*(run(index) for index in range(number))))


async def _sessions(database: Database) -> int:
    async with database.read() as transaction:
        count = await transaction.connection.scalar(
            select(func.count()).select_from(customer_session)
        )
    return int(count or 0)


async def _asked(database: Database, hasher: CountingHasher) -> tuple[str, BrowserContext]:
    """Give a sign-in that waits for the code that was mailed."""
    await make_customer(database, hasher)
    browser = new_browser()
    handle = await new_journey(database, browser)
    await ask_for_code(database, handle, browser, TARO)
    return handle, browser


async def _pending(database: Database, hasher: CountingHasher) -> tuple[str, BrowserContext]:
    """Give a sign-in whose password is proven and whose second code was mailed."""
    customer = await make_customer(database, hasher)
    async with database.write() as transaction:
        await transaction.authenticators.add(customer.id, WAY, secret=None)
    browser = new_browser()
    handle = await new_journey(database, browser)
    await sign_in(database, hasher, handle, browser, identifier=TARO, password=PASSWORD)
    await send_second_factor(database, handle, browser, way=WAY)
    return handle, browser


async def _message(database: Database) -> dict[str, str]:
    found: dict[str, str] = (await mails(database))[-1]["message"]
    return found


async def test_a_code_and_its_link_together_begin_one_session(
    nodes: list[Database], hasher: CountingHasher
) -> None:
    handle, browser = await _asked(nodes[0], hasher)
    message = await _message(nodes[0])
    token = message["link"].partition("token=")[2]

    async def one(number: int) -> object:
        node = nodes[number % _NODES]
        if number % 2:
            return await sign_in_with_link(node, handle, browser, token)
        return await sign_in_with_code(node, handle, browser, message["code"])

    answers = await _at_once(one)
    opened = {one for one in answers if isinstance(one, SignedIn)}
    assert len(opened) == 1, "whoever is let in gets the one session"
    assert await _sessions(nodes[0]) == 1


async def test_a_second_code_begins_one_session(
    nodes: list[Database], hasher: CountingHasher
) -> None:
    handle, browser = await _pending(nodes[0], hasher)
    code = (await _message(nodes[0]))["code"]

    async def one(number: int) -> object:
        node = nodes[number % _NODES]
        return await prove_second_factor(node, handle, browser, way=WAY, typed=code)

    answers = await _at_once(one)
    assert len({one for one in answers if isinstance(one, SignedIn)}) == 1
    assert await _sessions(nodes[0]) == 1


async def _evaluated(
    nodes: list[Database], hasher: CountingHasher, monkeypatch: pytest.MonkeyPatch
) -> int:
    evaluated = 0
    real = ProofStore.is_code

    async def counted(store: ProofStore, found: Proof, code: str) -> bool:
        nonlocal evaluated
        evaluated += 1
        return await real(store, found, code)

    handle, browser = await _pending(nodes[0], hasher)
    code = (await _message(nodes[0]))["code"]
    monkeypatch.setattr(ProofStore, "is_code", counted)
    wrong = [f"{number:06}" for number in range(61) if f"{number:06}" != code][:60]

    async def one(number: int) -> None:
        with suppress(FormRefused, TooManyAttempts):
            node = nodes[number % _NODES]
            await prove_second_factor(node, handle, browser, way=WAY, typed=wrong[number])

    await _at_once(one, len(wrong))
    return evaluated


async def test_sixty_wrong_second_codes_are_evaluated_five_times(
    nodes: list[Database], hasher: CountingHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await _evaluated(nodes, hasher, monkeypatch) == 5


async def test_the_race_of_second_codes_catches_its_twin(
    nodes: list[Database], hasher: CountingHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def count_nothing(_transaction: UnitOfWork, _pending: object) -> Guess:
        return Guess((), ())

    monkeypatch.setattr(second_factor, "reserve_second", count_nothing)
    assert await _evaluated(nodes, hasher, monkeypatch) > 5


async def test_a_credential_event_beside_the_code_leaves_no_session_behind(
    nodes: list[Database], hasher: CountingHasher
) -> None:
    handle, browser = await _asked(nodes[0], hasher)
    code = (await _message(nodes[0]))["code"]
    async with nodes[0].read() as transaction:
        known = await transaction.identifiers.find_login(TARO)
    assert known is not None
    customer = known.customer

    async def one(number: int) -> object:
        node = nodes[number % _NODES]
        if number % 4 == 3:
            async with node.write() as transaction:
                await end_access(transaction, customer, reason="test")
            return None
        return await sign_in_with_code(node, handle, browser, code)

    answers = await _at_once(one)
    unexpected = [
        one
        for one in answers
        if isinstance(one, Refusal) and not isinstance(one, StepTaken | FormRefused | PageRefusal)
    ]
    assert unexpected == [], "neither waits for the other for ever"
    async with nodes[0].write() as transaction:
        await end_access(transaction, customer, reason="test")
        assert await transaction.sessions.list_for(customer) == []
