"""Signing in with a passkey: whose it is, once, and what is noticed on the way."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from ciam.audit.trail import Actor
from ciam.authentication.completion import SignedIn
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import StepTaken
from ciam.authentication.methods.passkey import prove_passkey, use_proof
from ciam.authentication.passkey_sign_in import sign_in_with_passkey
from ciam.customers.customer import disable_customer
from ciam.customers.passkeys import remove
from ciam.errors import FormRefused, SignInRefused
from ciam.policies import PasskeyPolicy
from ciam.sessions.session import ACR_TWO, find_session
from ciam.storage import Database
from ciam.storage.stores.customers import Customer
from ciam.storage.tables.audit import audit_event
from tests.authentication.passkey_people import (
    ORIGIN,
    PARTY,
    add_passkey,
    second_factor_page,
    sign_in_page,
)
from tests.authentication.people import (
    CountingHasher,
    mails,
    make_customer,
    new_browser,
    new_journey,
    read_journey,
    session_of,
)
from tests.factories.software_authenticator import SoftwareAuthenticator, encode

HANAKO = "hanako@example.jp"
ON_ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WRONG: tuple[dict[str, Any], ...] = (
    {"handle": None},
    {"handle": b"the handle of somebody else"},
    {"credential_id": b"a credential that nobody enrolled"},
    {"origin": "https://evil.example"},
    {"signature": bytes(70)},
)


@pytest.fixture
def authenticator() -> SoftwareAuthenticator:
    return SoftwareAuthenticator(ORIGIN)


@pytest.fixture
def browser() -> BrowserContext:
    return new_browser()


@pytest.fixture
async def taro(
    database: Database, hasher: CountingHasher, authenticator: SoftwareAuthenticator
) -> Customer:
    """Give a customer whose passkey is on `authenticator`."""
    made = await make_customer(database, hasher)
    await add_passkey(database, made.id, authenticator)
    return made


async def _sign_in(
    database: Database,
    browser: BrowserContext,
    authenticator: SoftwareAuthenticator,
    **changes: Any,  # noqa: ANN401 - any part of an answer
) -> SignedIn:
    handle = await new_journey(database, browser)
    options = await sign_in_page(database, handle, browser)
    answer = authenticator.sign(options, **changes)
    signed_in = await sign_in_with_passkey(database, PARTY, handle, browser, answer)
    assert isinstance(signed_in, SignedIn)
    return signed_in


async def _events(database: Database) -> list[str]:
    async with database.read() as transaction:
        found = await transaction.connection.scalars(
            select(audit_event.c.kind).order_by(audit_event.c.occurred_at, audit_event.c.id)
        )
        return list(found)


@ON_ONE_DATABASE
@pytest.mark.parametrize(("is_synced", "kept"), [(True, "swk"), (False, "hwk")])
async def test_a_verified_owner_counts_as_two_factors(
    database: Database, hasher: CountingHasher, browser: BrowserContext, kept: str,
    *, is_synced: bool,
) -> None:  # fmt: skip
    authenticator = SoftwareAuthenticator(ORIGIN, is_synced=is_synced)
    taro = await make_customer(database, hasher)
    passkey = await add_passkey(database, taro.id, authenticator)
    signed_in = await _sign_in(database, browser, authenticator)
    async with database.write() as transaction:
        session = await find_session(transaction, signed_in.session)
        used = await transaction.passkeys.find(authenticator.credential_id)
    assert session is not None
    assert session.customer == taro.id
    assert session.acr == ACR_TWO
    assert session.amr == (kept, "user", "mfa")
    assert used is not None
    assert used.id == passkey.id
    assert used.last_used_at == database.clock.now()


async def test_the_same_answer_twice_gives_the_same_session_and_no_second_one(
    database: Database, taro: Customer, browser: BrowserContext,
    authenticator: SoftwareAuthenticator,
) -> None:  # fmt: skip
    handle = await new_journey(database, browser)
    answer = authenticator.sign(await sign_in_page(database, handle, browser))
    first = await sign_in_with_passkey(database, PARTY, handle, browser, answer)
    again = await sign_in_with_passkey(database, PARTY, handle, browser, answer)
    assert again == first
    async with database.read() as transaction:
        assert len(await transaction.sessions.list_for(taro.id)) == 1


@ON_ONE_DATABASE
async def test_an_answer_counts_in_no_other_journey_and_no_other_browser(
    database: Database, taro: Customer, browser: BrowserContext,
    authenticator: SoftwareAuthenticator,
) -> None:  # fmt: skip
    handle = await new_journey(database, browser)
    answer = authenticator.sign(await sign_in_page(database, handle, browser))
    elsewhere = new_browser()
    for other_browser in (browser, elsewhere):
        other = await new_journey(database, other_browser)
        with pytest.raises(SignInRefused):
            await sign_in_with_passkey(database, PARTY, other, other_browser, answer)
    async with database.read() as transaction:
        assert await transaction.sessions.list_for(taro.id) == []


async def test_a_used_challenge_is_dead_even_before_the_journey_ends(
    database: Database, taro: Customer, browser: BrowserContext,
    authenticator: SoftwareAuthenticator,
) -> None:  # fmt: skip
    handle = await new_journey(database, browser)
    options = await second_factor_page(database, handle, browser, taro.id)
    assert options is not None
    answer = authenticator.sign(options)
    journey = await read_journey(database, handle, browser)
    for is_first in (True, False):
        proof = await prove_passkey(database, PARTY, journey, browser, answer, owner=taro.id)
        async with database.write() as transaction:
            if is_first:
                await use_proof(transaction, proof)
                continue
            with pytest.raises(StepTaken):
                await use_proof(transaction, proof)


@ON_ONE_DATABASE
async def test_whatever_is_wrong_gets_the_same_sentence(
    database: Database,
    taro: Customer,
    browser: BrowserContext,
    authenticator: SoftwareAuthenticator,
) -> None:
    with pytest.raises(SignInRefused) as malformed:
        handle = await new_journey(database, browser)
        await sign_in_with_passkey(database, PARTY, handle, browser, "{}")
    for changes in WRONG:
        with pytest.raises(SignInRefused) as refused:
            await _sign_in(database, browser, authenticator, **changes)
        assert refused.value.text == malformed.value.text
    async with database.read() as transaction:
        assert await transaction.sessions.list_for(taro.id) == []


@ON_ONE_DATABASE
async def test_a_disabled_customer_is_refused_like_a_stranger(
    database: Database, taro: Customer, browser: BrowserContext,
    authenticator: SoftwareAuthenticator,
) -> None:  # fmt: skip
    async with database.write() as transaction:
        await disable_customer(transaction, taro.id, "a test", actor=Actor.server())
    with pytest.raises(SignInRefused):
        await _sign_in(database, browser, authenticator)


@ON_ONE_DATABASE
async def test_a_second_factor_of_another_customer_is_refused(
    database: Database, taro: Customer, browser: BrowserContext, hasher: CountingHasher,
    authenticator: SoftwareAuthenticator,
) -> None:  # fmt: skip
    hanako = await make_customer(database, hasher, HANAKO)
    hers = SoftwareAuthenticator(ORIGIN, is_user_verified=True)
    await add_passkey(database, hanako.id, hers)
    handle = await new_journey(database, browser)
    options = await second_factor_page(database, handle, browser, taro.id)
    assert options is not None
    allowed = json.loads(options)["allowCredentials"]
    assert [one["id"] for one in allowed] == [encode(authenticator.credential_id)]
    journey = await read_journey(database, handle, browser)
    with pytest.raises(SignInRefused):
        await prove_passkey(database, PARTY, journey, browser, hers.sign(options), owner=taro.id)
    authenticator.is_user_verified = False
    unseen = authenticator.sign(options, handle=None)
    proof = await prove_passkey(database, PARTY, journey, browser, unseen, owner=taro.id)
    assert proof.proven.customer == taro.id
    assert proof.proven.amr == ("swk", "user")
    assert proof.proven.is_second


@ON_ONE_DATABASE
async def test_a_touch_alone_is_no_first_method(
    database: Database, taro: Customer, browser: BrowserContext,
    authenticator: SoftwareAuthenticator,
) -> None:  # fmt: skip
    authenticator.is_user_verified = False
    with pytest.raises(SignInRefused):
        await _sign_in(database, browser, authenticator)
    async with database.read() as transaction:
        assert await transaction.sessions.list_for(taro.id) == []


@pytest.mark.parametrize("judged", ["refuse", "note"])
async def test_a_counter_that_went_back_is_noticed(
    database: Database, browser: BrowserContext, hasher: CountingHasher, judged: str
) -> None:
    section = PasskeyPolicy.model_validate({"count_regression": judged})
    async with database.write() as transaction:
        await transaction.policies.put(
            "passkeys", section.model_dump(mode="json"), managed_by="test"
        )
    taro = await make_customer(database, hasher)
    original = SoftwareAuthenticator(ORIGIN, is_synced=False, counts=True, count=5)
    await add_passkey(database, taro.id, original)
    await _sign_in(database, browser, original)
    original.count -= 1  # a copy that has not seen the last use
    if judged == "refuse":
        with pytest.raises(SignInRefused):
            await _sign_in(database, browser, original)
    else:
        await _sign_in(database, browser, original)
    assert (await _events(database)).count("passkey.count_regressed") == 1
    await _sign_in(database, browser, original)  # the original, whose count has risen again


@ON_ONE_DATABASE
async def test_both_ends_are_told_and_the_name_is_in_the_mail(
    database: Database, taro: Customer
) -> None:
    other = SoftwareAuthenticator(ORIGIN, aaguid="bada5566-a7aa-401f-bd96-45619a55120d")
    passkey = await add_passkey(database, taro.id, other)
    assert passkey.name == "1Password"
    session = await session_of(database, taro.id)
    async with database.write() as transaction:
        await remove(transaction, taro.id, passkey.id, keep_session=session.id)
    written = [one for one in await mails(database) if one["template"].startswith("passkey_")]
    names = [(one["template"], one["message"]["passkey"]) for one in written]
    assert names == [
        ("passkey_added", "Firefox on Linux"),
        ("passkey_added", "1Password"),
        ("passkey_removed", "1Password"),
    ]
    async with database.read() as transaction:
        assert await transaction.passkeys.find(other.credential_id) is None


async def test_a_removal_ends_what_the_passkey_opened(
    database: Database, taro: Customer, browser: BrowserContext,
    authenticator: SoftwareAuthenticator,
) -> None:  # fmt: skip
    kept = await _sign_in(database, browser, authenticator)
    lost = await _sign_in(database, new_browser(), authenticator)
    pending_browser = new_browser()
    pending = await new_journey(database, pending_browser)
    answer = authenticator.sign(await sign_in_page(database, pending, pending_browser))
    journey = await read_journey(database, pending, pending_browser)
    proof = await prove_passkey(database, PARTY, journey, pending_browser, answer)
    async with database.write() as transaction:
        here = await find_session(transaction, kept.session)
        assert here is not None
        passkey = (await transaction.passkeys.list_for(taro.id))[0]
        await remove(transaction, taro.id, passkey.id, keep_session=here.id)
    async with database.write() as transaction:
        assert await find_session(transaction, kept.session) is not None
        assert await find_session(transaction, lost.session) is None
        after = await transaction.customers.find(taro.id)
        assert after is not None
        assert after.credential_epoch > proof.proven.epoch  # what was proven before cannot finish


async def test_the_last_way_in_stays(
    database: Database, hasher: CountingHasher, authenticator: SoftwareAuthenticator
) -> None:
    taro = await make_customer(database, hasher, password_hash=None)
    first = await add_passkey(database, taro.id, authenticator)
    second = await add_passkey(database, taro.id, SoftwareAuthenticator(ORIGIN))
    session = await session_of(database, taro.id)
    async with database.write() as transaction:
        await remove(transaction, taro.id, first.id, keep_session=session.id)
    with pytest.raises(FormRefused):
        async with database.write() as transaction:
            await remove(transaction, taro.id, second.id, keep_session=session.id)
    async with database.read() as transaction:
        assert len(await transaction.passkeys.list_for(taro.id)) == 1


async def test_a_credential_is_enrolled_once_and_not_for_a_second_customer(
    database: Database, taro: Customer, hasher: CountingHasher,
    authenticator: SoftwareAuthenticator,
) -> None:  # fmt: skip
    hanako = await make_customer(database, hasher, HANAKO)
    with pytest.raises(FormRefused):
        await add_passkey(database, hanako.id, authenticator)
    async with database.read() as transaction:
        assert await transaction.passkeys.list_for(hanako.id) == []
        assert await transaction.authenticators.find_password(hanako.id) is not None
        owner = await transaction.passkeys.find(authenticator.credential_id)
        assert owner is not None
        assert owner.customer == taro.id
        his, hers = [await transaction.passkeys.find_handle(one.id) for one in (taro, hanako)]
    assert his != hers
