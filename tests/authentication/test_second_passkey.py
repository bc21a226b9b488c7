"""A passkey as the second factor: the customer's own, once, after their own first proof."""

from typing import Any

import pytest

from ciam.authentication.completion import SignedIn
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import StepTaken
from ciam.authentication.proceed import OnTheWay
from ciam.authentication.second_factor import prove_second_passkey
from ciam.authentication.set_up import load_set_up, passkey_options, set_up_passkey
from ciam.authentication.sign_in import sign_in
from ciam.customers.credentials import end_access
from ciam.errors import FormRefused, PageRefusal, SignInRefused
from ciam.sessions.session import ACR_TWO, find_session
from ciam.storage import Database
from ciam.storage.stores.customers import Customer
from tests.authentication.passkey_people import (
    ORIGIN,
    PARTY,
    add_passkey,
    second_factor_page,
)
from tests.authentication.people import (
    PASSWORD,
    TARO,
    CountingHasher,
    make_customer,
    new_browser,
    new_journey,
)
from tests.factories.software_authenticator import SoftwareAuthenticator

HANAKO = "hanako@example.jp"


@pytest.fixture
def authenticator() -> SoftwareAuthenticator:
    """Give a security key that knows no PIN: a touch, and no more."""
    return SoftwareAuthenticator(ORIGIN, is_synced=False)


@pytest.fixture
async def taro(
    database: Database, hasher: CountingHasher, authenticator: SoftwareAuthenticator
) -> Customer:
    """Give a customer with a key, where two factors are required of everybody."""
    made = await make_customer(database, hasher)
    await add_passkey(database, made.id, authenticator)
    authenticator.is_user_verified = False
    await _require(database)
    return made


async def _require(database: Database) -> None:
    async with database.write() as transaction:
        rule = {"second_factor": "required", "email_code": "first"}
        await transaction.policies.put("methods", rule, managed_by="test")
        await transaction.config.raise_generation()


async def _first(
    database: Database, hasher: CountingHasher, browser: BrowserContext, name: str = TARO
) -> str:
    """Prove the password; gives the journey that asks for more."""
    handle = await new_journey(database, browser)
    going = await sign_in(database, hasher, handle, browser, identifier=name, password=PASSWORD)
    assert isinstance(going, OnTheWay)
    return handle


async def _answer(
    database: Database, handle: str, browser: BrowserContext, owner: Customer,
    authenticator: SoftwareAuthenticator, **changes: Any,  # noqa: ANN401 - any part of an answer
) -> str:  # fmt: skip
    options = await second_factor_page(database, handle, browser, owner.id)
    assert options is not None
    return authenticator.sign(options, **changes)


async def test_a_touch_joins_the_password(
    database: Database, hasher: CountingHasher, taro: Customer,
    authenticator: SoftwareAuthenticator,
) -> None:  # fmt: skip
    browser = new_browser()
    handle = await _first(database, hasher, browser)
    answer = await _answer(database, handle, browser, taro, authenticator)
    signed_in = await prove_second_passkey(database, PARTY, handle, browser, answer)
    assert isinstance(signed_in, SignedIn)
    async with database.write() as transaction:
        session = await find_session(transaction, signed_in.session)
    assert session is not None
    assert (session.acr, session.amr) == (ACR_TWO, ("pwd", "hwk", "user", "mfa"))
    again = await prove_second_passkey(database, PARTY, handle, browser, answer)
    assert again == signed_in, "the same answer, the same reply"
    other = await _answer(database, handle, browser, taro, authenticator)
    with pytest.raises(StepTaken):  # another touch is not what the journey ended with
        await prove_second_passkey(database, PARTY, handle, browser, other)


async def test_it_has_to_be_theirs(
    database: Database, hasher: CountingHasher, taro: Customer,
    authenticator: SoftwareAuthenticator,
) -> None:  # fmt: skip
    hanako = await make_customer(database, hasher, HANAKO)
    hers = SoftwareAuthenticator(ORIGIN)
    await add_passkey(database, hanako.id, hers)
    browser = new_browser()
    handle = await _first(database, hasher, browser)
    for changes in ({}, {"credential_id": authenticator.credential_id}):
        answer = await _answer(database, handle, browser, taro, hers, **changes)
        with pytest.raises(SignInRefused):
            await prove_second_passkey(database, PARTY, handle, browser, answer)
    # Nor does an answer that was made for another journey count, though it is theirs.
    other = new_browser()
    elsewhere = await _first(database, hasher, other)
    answer = await _answer(database, elsewhere, other, taro, authenticator)
    with pytest.raises(SignInRefused):
        await prove_second_passkey(database, PARTY, handle, browser, answer)


async def test_without_a_first_proof_there_is_no_second(
    database: Database, taro: Customer, authenticator: SoftwareAuthenticator
) -> None:
    browser = new_browser()
    handle = await new_journey(database, browser)
    answer = await _answer(database, handle, browser, taro, authenticator)
    with pytest.raises(StepTaken):
        await prove_second_passkey(database, PARTY, handle, browser, answer)


async def test_a_credential_event_in_between_ends_it(
    database: Database, hasher: CountingHasher, taro: Customer,
    authenticator: SoftwareAuthenticator,
) -> None:  # fmt: skip
    browser = new_browser()
    handle = await _first(database, hasher, browser)
    answer = await _answer(database, handle, browser, taro, authenticator)
    async with database.write() as transaction:
        await end_access(transaction, taro.id, reason="test")
    with pytest.raises((StepTaken, PageRefusal)):
        await prove_second_passkey(database, PARTY, handle, browser, answer)


async def test_a_passkey_is_made_in_the_journey_that_requires_one(
    database: Database, hasher: CountingHasher
) -> None:
    hanako = await make_customer(database, hasher, HANAKO)
    await _require(database)
    browser, key = new_browser(), SoftwareAuthenticator(ORIGIN)
    handle = await _first(database, hasher, browser, HANAKO)
    made = key.create(await _set_up_page(database, handle, browser))
    signed_in = await set_up_passkey(database, PARTY, handle, browser, made)
    assert isinstance(signed_in, SignedIn)
    async with database.write() as transaction:
        session = await find_session(transaction, signed_in.session)
        assert len(await transaction.passkeys.list_for(hanako.id)) == 1
    assert session is not None
    assert (session.acr, session.amr) == (ACR_TWO, ("pwd", "swk", "user", "mfa"))
    again = await set_up_passkey(database, PARTY, handle, browser, made)
    assert again == signed_in
    async with database.read() as transaction:
        assert len(await transaction.passkeys.list_for(hanako.id)) == 1


async def test_what_was_made_for_another_journey_is_not_enrolled(
    database: Database, hasher: CountingHasher
) -> None:
    """A key that a thief made in a journey of their own, pushed into the victim's."""
    await make_customer(database, hasher, HANAKO)
    await make_customer(database, hasher)
    await _require(database)
    thief, victim, key = new_browser(), new_browser(), SoftwareAuthenticator(ORIGIN)
    theirs = await _first(database, hasher, thief)
    made = key.create(await _set_up_page(database, theirs, thief))
    handle = await _first(database, hasher, victim, HANAKO)
    with pytest.raises(FormRefused):
        await set_up_passkey(database, PARTY, handle, victim, made)


async def _set_up_page(database: Database, handle: str, browser: BrowserContext) -> str:
    async with database.write() as transaction:
        found = await load_set_up(transaction, handle, browser)
        options = await passkey_options(transaction, PARTY, found, browser, shown_name="つむぎ")
    assert options is not None
    return options
