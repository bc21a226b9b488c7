"""The end of a journey: only for who was proven, only while the proof still holds."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from ciam.audit.trail import Actor
from ciam.authentication.completion import SignedIn, recall
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import StepTaken, load
from ciam.authentication.method import Proven
from ciam.authentication.methods.password import prove_password
from ciam.authentication.proceed import proceed
from ciam.authentication.sign_in import sign_in
from ciam.customers.credentials import change_password
from ciam.customers.customer import disable_customer
from ciam.errors import SignInRefused, TooManyAttempts, Unavailable
from ciam.storage import Database
from ciam.storage.stores.customers import Customer
from ciam.storage.tables.audit import audit_event
from tests.authentication.people import (
    PASSWORD,
    TARO,
    CountingHasher,
    make_customer,
    new_browser,
    new_journey,
    read_journey,
)
from tests.parts.clock import FakeClock


async def _prove(database: Database, hasher: CountingHasher, browser: BrowserContext) -> Proven:
    return await prove_password(database, hasher, browser, identifier=TARO, password=PASSWORD)


async def _sign_in(
    database: Database, hasher: CountingHasher, browser: BrowserContext, handle: str
) -> SignedIn:
    answer = await sign_in(database, hasher, handle, browser, identifier=TARO, password=PASSWORD)
    assert isinstance(answer, SignedIn)
    return answer


@pytest.mark.parametrize("happening", ["new password", "disabled"])
async def test_a_sign_in_that_began_before_a_credential_event_does_not_finish(
    database: Database, hasher: CountingHasher, happening: str
) -> None:
    customer = await make_customer(database, hasher)
    browser = new_browser()
    handle = await new_journey(database, browser)
    proven = await _prove(database, hasher, browser)
    new_hash = await hasher.hash("another password", database.keys)
    async with database.write() as transaction:
        if happening == "disabled":
            await disable_customer(transaction, customer.id, "test", actor=Actor.server())
        else:
            await change_password(transaction, customer.id, new_hash)
    with pytest.raises(SignInRefused):
        async with database.write() as transaction:
            journey = await load(transaction, handle, browser)
            await proceed(transaction, journey, proven, browser)
    async with database.read() as transaction:
        assert await transaction.sessions.list_for(customer.id) == []
    assert not (await read_journey(database, handle, browser)).is_finished


async def test_the_answer_is_given_again_to_nobody_else_and_not_for_long(
    database: Database, hasher: CountingHasher, clock: FakeClock
) -> None:
    customer = await make_customer(database, hasher)
    other = await make_customer(database, hasher, "other@example.jp")
    browser = new_browser()
    handle = await new_journey(database, browser)
    first = await _sign_in(database, hasher, browser, handle)

    async def again(who: Customer) -> SignedIn:
        async with database.read() as transaction:
            journey = await load(transaction, handle, browser)
            return await recall(transaction, journey, who.id, browser)

    assert await again(customer) == first
    with pytest.raises(StepTaken):
        await again(other)
    clock.advance(timedelta(minutes=3))
    with pytest.raises(StepTaken):
        await again(customer)


async def test_the_answer_of_a_session_that_ended_is_not_given_again(
    database: Database, hasher: CountingHasher
) -> None:
    customer = await make_customer(database, hasher)
    browser = new_browser()
    handle = await new_journey(database, browser)
    await _sign_in(database, hasher, browser, handle)
    async with database.write() as transaction:
        await transaction.sessions.end_all(customer.id, "signed_out")
    with pytest.raises(StepTaken):
        await _sign_in(database, hasher, browser, handle)


async def test_the_secrets_are_nowhere_in_the_database(
    database: Database, hasher: CountingHasher
) -> None:
    await make_customer(database, hasher)
    browser = new_browser()
    signed_in = await _sign_in(database, hasher, browser, await new_journey(database, browser))
    journeys = "SELECT sealed_state FROM journey", "SELECT secret_hash FROM customer_session"
    async with database.read() as transaction:
        for statement in journeys:
            rows = await transaction.connection.exec_driver_sql(statement)
            for row in rows:
                assert signed_in.session.encode() not in row[0]
                assert signed_in.session.removeprefix("ciam_ss_").encode() not in row[0]


async def test_a_busy_server_locks_nobody_out(
    database: Database, hasher: CountingHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_customer(database, hasher)
    browser = new_browser()
    with monkeypatch.context() as patched:

        async def busy(*_: object) -> None:
            raise Unavailable("busy")

        patched.setattr(hasher, "_run", busy)
        for _ in range(15):
            with pytest.raises(Unavailable):
                await _prove(database, hasher, browser)
    assert (await _prove(database, hasher, browser)).method == "password"


async def test_a_right_password_is_not_counted_and_a_wrong_one_is(
    database: Database, hasher: CountingHasher
) -> None:
    await make_customer(database, hasher)
    for _ in range(12):
        browser = new_browser()
        await _sign_in(database, hasher, browser, await new_journey(database, browser))
    browser = new_browser()
    for _ in range(10):
        with pytest.raises(SignInRefused):
            await prove_password(database, hasher, browser, identifier=TARO, password="wrong")
    with pytest.raises(TooManyAttempts):
        await _prove(database, hasher, browser)


async def test_a_limit_that_is_reached_stands_in_the_audit_trail_once(
    database: Database, hasher: CountingHasher
) -> None:
    await make_customer(database, hasher)
    browser = new_browser()
    for _ in range(15):
        with suppress(SignInRefused, TooManyAttempts):
            await prove_password(database, hasher, browser, identifier=TARO, password="wrong")
    async with database.read() as transaction:
        details = await transaction.connection.scalars(
            select(audit_event.c.details).where(audit_event.c.kind == "limit.reached")
        )
        assert [one["limit"] for one in details] == ["password"]


async def test_what_happened_stands_in_the_audit_trail_without_personal_data(
    database: Database, hasher: CountingHasher
) -> None:
    await make_customer(database, hasher)
    browser = new_browser()
    handle = await new_journey(database, browser)
    with pytest.raises(SignInRefused):
        await prove_password(database, hasher, browser, identifier=TARO, password="wrong")
    await _sign_in(database, hasher, replace(browser), handle)
    async with database.read() as transaction:
        rows = (
            await transaction.connection.execute(
                select(audit_event.c.kind, audit_event.c.details).where(
                    audit_event.c.kind.like("sign_in.%")
                )
            )
        ).all()
    assert sorted(row.kind for row in rows) == ["sign_in.refused", "sign_in.succeeded"]
    assert TARO not in str(rows)
    assert browser.address not in str(rows)
