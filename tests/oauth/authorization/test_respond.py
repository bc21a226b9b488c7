"""The answer: one code for one request, nothing after a credential event."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from ciam.consent.client_grants import find_grant, remove_grant
from ciam.consent.screens import Screen
from ciam.errors import CiamError, PageRefusal
from ciam.identifiers import new_secret
from ciam.oauth.authorization import keeping
from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.authorization.respond import note_refusal, respond
from ciam.oauth.authorization.response import AuthorizationRefused
from ciam.oauth.tokens import authorization_code
from ciam.storage.stores.authorization_requests import AuthorizationRequestStore
from ciam.storage.stores.authorizations import Authorization
from tests.oauth.authorization.apps import CALLBACK, CHALLENGE, ISSUER, put_client
from tests.oauth.authorization.conftest import BROWSER, World, start_session

PARALLEL = 20


async def _answer(world: World, request: AuthorizationRequest) -> dict[str, str]:
    async with world.database.write() as transaction:
        return dict((await respond(transaction, request, world.session)).parameters)


async def _family(world: World, code: str) -> Authorization:
    async with world.database.write() as transaction:
        stored = await transaction.authorization_codes.find(code)
    assert stored is not None
    return stored.authorization


async def test_a_code_carries_what_was_asked_and_allowed(world: World) -> None:
    await world.allow("openid", "email")
    claims = '{"userinfo": {"email": null}}'
    asked = await world.check(
        {"scope": "openid profile offline_access", "nonce": "n", "claims": claims}
    )
    answer = await _answer(world, asked)
    assert set(answer) == {"code", "state", "iss"}
    assert answer["iss"] == ISSUER
    family = await _family(world, answer["code"])
    assert family.scopes == {"openid"}  # what was not allowed is left out
    assert not family.offline
    assert (family.nonce, family.claims) == ("n", {"userinfo": {"email": None}})
    assert (family.acr, family.amr) == ("urn:ciam:acr:1", ("pwd",))
    assert family.authenticated_at == world.session.authenticated_at
    async with world.database.write() as transaction:
        stored = await transaction.authorization_codes.find(answer["code"])
    assert stored is not None
    assert (stored.redirect_uri, stored.code_challenge) == (CALLBACK, CHALLENGE)


async def test_the_subject_is_the_same_for_public_apps_and_another_for_a_pairwise_one(
    world: World,
) -> None:
    subjects = {}
    for client_id, changes in {
        "shop": {},
        "second": {},
        "pair": {"subject_type": "pairwise", "redirect_uris": ["https://pair.example.com/cb"]},
    }.items():
        async with world.database.write() as transaction:
            await put_client(transaction, client_id, first_party=True, **changes)
        redirect_uri = "https://pair.example.com/cb" if client_id == "pair" else CALLBACK
        asked = await world.check({"client_id": client_id, "redirect_uri": redirect_uri})
        answer = await _answer(world, asked)
        subjects[client_id] = (await _family(world, answer["code"])).subject
    assert subjects["shop"] == subjects["second"] != subjects["pair"]


async def test_one_of_our_own_apps_gets_its_grant_without_a_receipt(world: World) -> None:
    async with world.database.write() as transaction:
        await put_client(transaction, "shop", first_party=True)
    await _answer(world, await world.check())
    async with world.database.read() as transaction:
        grant = await find_grant(transaction, world.customer, world.client.id)
        assert grant is not None
        assert grant.scopes == {"openid", "profile"}
        assert await transaction.receipts.list_for(world.customer) == []


async def test_an_ended_session_or_a_disabled_customer_gets_no_code(world: World) -> None:
    await world.allow("openid", "profile")
    asked = await world.check()
    async with world.database.write() as transaction:
        await transaction.sessions.end(world.session.id, "test")
    with pytest.raises(AuthorizationRefused) as caught:
        await _answer(world, asked)
    assert caught.value.error.code == "login_required"
    async with world.database.write() as transaction:
        again = await start_session(transaction, world.customer, "another secret")
        await transaction.customers.set_state(world.customer, "disabled", was="active")
    with pytest.raises(AuthorizationRefused) as caught:
        async with world.database.write() as transaction:
            await respond(transaction, asked, again)
    assert caught.value.error.code == "login_required"


async def test_a_grant_removed_in_the_last_moment_gives_no_code(world: World) -> None:
    await world.allow("openid", "profile")
    asked = await world.check()
    async with world.database.write() as transaction:
        screen = Screen("account", ISSUER, "en", {})
        await remove_grant(transaction, world.customer, world.client, screen=screen)
    with pytest.raises(AuthorizationRefused) as caught:
        await _answer(world, asked)
    assert caught.value.error.code == "access_denied"


async def _answers_in_parallel(world: World) -> int:
    """Answer one kept request many times at once; gives how often there was a code."""
    async with world.database.write() as transaction:
        kept = await keeping.keep(transaction, await world.check(), BROWSER)

    async def answer() -> bool:
        try:
            return "code" in await _answer(world, kept)
        except PageRefusal:
            return False

    return sum(await asyncio.gather(*(answer() for _ in range(PARALLEL))))


async def test_one_request_has_one_answer(world: World) -> None:
    await world.allow("openid", "profile")
    rounds = [await _answers_in_parallel(world) for _ in range(5)]
    print(f"C-10 authorization request answered once: n={len(rounds)} answers={rounds}")
    assert rounds == [1] * 5


async def test_the_race_is_seen_when_the_claim_reads_and_then_writes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin of the test above, whose codes are not those of the request either.

    Where they are, two answers meet in one row of the codes as well.
    """
    await world.allow("openid", "profile")
    whole: Callable[[Any, UUID], Awaitable[bool]] = AuthorizationRequestStore.claim
    is_free: set[UUID] = set()

    async def read_then_write(store: AuthorizationRequestStore, request: UUID) -> bool:
        del store
        free = request not in is_free
        await asyncio.sleep(0)
        return free

    monkeypatch.setattr(AuthorizationRequestStore, "claim", read_then_write)
    monkeypatch.setattr(authorization_code, "_code_of", lambda *_: new_secret("ac"))
    assert await _answers_in_parallel(world) > 1
    monkeypatch.setattr(AuthorizationRequestStore, "claim", whole)
    assert await _answers_in_parallel(world) == 1


async def test_a_refusal_is_remembered_although_it_rolls_back(world: World) -> None:
    async with world.database.write() as transaction:
        kept = await keeping.keep(transaction, await world.check(), BROWSER)
    with pytest.raises(CiamError):
        async with world.database.write() as transaction:
            note_refusal(transaction, kept, "access_denied")
            raise PageRefusal("test", text=keeping.RequestOver("test").text)
    with pytest.raises(PageRefusal):
        async with world.database.read() as transaction:
            await keeping.load_kept(transaction, keeping.handle_of(kept), BROWSER, issuer=ISSUER)
    async with world.database.read() as transaction:
        rows = await transaction.connection.exec_driver_sql("SELECT kind FROM audit_event")
        assert [row.kind for row in rows] == ["authorization.denied"]
