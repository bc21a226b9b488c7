"""Somebody and nobody cost the same: statement by statement, hash by hash, mail by mail (A-07)."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from ciam.audit.trail import Actor
from ciam.authentication.code_sign_in import ask_for_code
from ciam.authentication.journey import RECOVERY, SIGN_IN, SIGN_UP
from ciam.authentication.recovery import give_lost_address
from ciam.authentication.sign_in import sign_in
from ciam.authentication.sign_up import give_address
from ciam.customers.customer import create_customer, disable_customer
from ciam.customers.identifiers import PHONE
from ciam.customers.phones import PhoneNumber
from ciam.errors import SignInRefused
from ciam.storage import Database
from tests.authentication.people import (
    CountingHasher,
    Statements,
    mails,
    make_customer,
    new_browser,
    new_journey,
)

WARM = "+819012300009"
NAMES = {who: f"{who}@example.jp" for who in ("active", "barred", "nopass", "unprov", "nobody")}


@pytest.fixture
async def people(database: Database, hasher: CountingHasher) -> dict[str, str]:
    """Give the names of customers in every state, and one that nobody has."""
    await make_customer(database, hasher, NAMES["active"])
    barred = await make_customer(database, hasher, NAMES["barred"])
    await make_customer(database, hasher, NAMES["nopass"], password_hash=None)
    await make_customer(database, hasher, NAMES["unprov"], email_verified_at=None)
    async with database.write() as transaction:
        await disable_customer(transaction, barred.id, "test", actor=Actor.server())
        await transaction.policies.get()
    return NAMES


async def _measure(
    database: Database, people: dict[str, str], act: Callable[[str], Awaitable[None]]
) -> dict[str, list[str]]:
    """Give the statements of an act for each name; the first round only warms the caches."""
    statements = Statements(database)
    await act("warm.up@example.jp")
    found = {}
    for who, name in people.items():
        statements.take()
        await act(name)
        found[who] = statements.take()
    return found


async def test_a_refused_sign_in(
    database: Database, hasher: CountingHasher, people: dict[str, str]
) -> None:
    hashes = []

    async def act(name: str) -> None:
        browser = new_browser(device="ciam_dv_of-somebody-else")
        handle = await new_journey(database, browser)
        before = hasher.work
        with suppress(SignInRefused):
            await sign_in(database, hasher, handle, browser, identifier=name, password="wrong")
        hashes.append(hasher.work - before)

    found = await _measure(database, people, act)
    assert len({tuple(statements) for statements in found.values()}) == 1, found
    assert set(hashes) == {1}


RULES: dict[str, Callable[..., Awaitable[object]]] = {
    SIGN_UP: give_address,
    RECOVERY: give_lost_address,
    SIGN_IN: ask_for_code,
}


@pytest.mark.parametrize("kind", RULES)
async def test_a_number_given(database: Database, hasher: CountingHasher, kind: str) -> None:
    numbers = {"alone": "+819012300001", "mailed": "+819012300002", "unprov": "+819012300003"}
    now = database.clock.now()
    async with database.write() as transaction:
        await transaction.policies.put("names", {"phone": "sign_up"}, managed_by="test")
        await transaction.policies.put("methods", {"sms_code": "both"}, managed_by="test")
        await transaction.config.raise_generation()
        for who, number in numbers.items():
            await create_customer(
                transaction,
                email="mailed@example.jp" if who == "mailed" else None,
                email_verified_at=now,
                phone=PhoneNumber(number),
                phone_verified_at=None if who == "unprov" else now,
                password_hash=await hasher.hash("a password", database.keys),
                attributes={},
                language="en",
                source="sign_up",
            )

    async def act(name: str) -> None:
        browser = new_browser()
        handle = await new_journey(database, browser, kind)
        number = name.replace("warm.up@example.jp", WARM)
        if kind == SIGN_IN:
            await ask_for_code(database, handle, browser, number)
        else:
            rule = give_address if kind == SIGN_UP else give_lost_address
            await rule(database, handle, browser, number, kind=PHONE)

    found = await _measure(database, numbers | {"nobody": "+819012300004"}, act)
    assert len({tuple(statements) for statements in found.values()}) == 1, found
    mailed = [mail["to"] for mail in await mails(database)]
    assert mailed == (["mailed@example.jp"] if kind == RECOVERY else [])


@pytest.mark.parametrize("kind", RULES)
async def test_an_address_given(database: Database, people: dict[str, str], kind: str) -> None:
    rule = RULES[kind]

    async def act(name: str) -> None:
        browser = new_browser()
        handle = await new_journey(database, browser, kind)
        await rule(database, handle, browser, name)

    found = await _measure(database, people, act)
    assert len({tuple(statements) for statements in found.values()}) == 1, found
    made = [mail["to"] for mail in await mails(database, withheld=True)]
    assert made == ["warm.up@example.jp", *people.values()], "the worker has as much to do for each"
    sent = [mail["to"] for mail in await mails(database)]
    if kind == SIGN_UP:
        assert sent == ["warm.up@example.jp", *people.values()], "one mail each"
    else:
        assert sent == [people[who] for who in ("active", "nopass", "unprov")]
