"""POST /token with a refresh token (RFC 6749 §6, OIDC Core §12, RFC 9700 §4.14.2)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ciam.sealing import KeyRing, new_key
from tests.factories.read_jwt import read_jwt
from tests.factories.token_world import SCOPES, TokenWorld

ROTATING = pytest.mark.parametrize("client_id", ["rotating", "spa"])
GRACE = timedelta(seconds=10)
A_MOMENT = timedelta(milliseconds=1)


async def test_a_confidential_client_keeps_its_token(world: TokenWorld) -> None:
    first = await world.tokens("shop")
    answer = await world.refresh(first["refresh_token"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["refresh_token"] == first["refresh_token"]
    assert answer.json()["access_token"] != first["access_token"]


async def test_a_public_client_may_be_registered_to_keep_its_token(world: TokenWorld) -> None:
    first = await world.tokens("keeping")
    answer = await world.refresh(first["refresh_token"], "keeping")
    assert answer.json()["refresh_token"] == first["refresh_token"]


@ROTATING
async def test_a_rotating_client_gets_a_new_token_each_time(
    world: TokenWorld, client_id: str
) -> None:
    token = (await world.tokens(client_id))["refresh_token"]
    seen = {token}
    for _ in range(3):
        token = (await world.refresh(token, client_id)).json()["refresh_token"]
        seen.add(token)
    assert len(seen) == 4


@ROTATING
async def test_a_lost_reply_may_be_asked_again_within_the_grace(
    world: TokenWorld, client_id: str
) -> None:
    token = (await world.tokens(client_id))["refresh_token"]
    lost = (await world.refresh(token, client_id)).json()
    world.clock.advance(GRACE - A_MOMENT)
    again = await world.refresh(token, client_id)
    assert again.status_code == 200
    assert again.json()["refresh_token"] == lost["refresh_token"]
    assert (await world.refresh(lost["refresh_token"], client_id)).status_code == 200


@ROTATING
async def test_after_the_grace_the_whole_family_dies(world: TokenWorld, client_id: str) -> None:
    token = (await world.tokens(client_id))["refresh_token"]
    leaf = (await world.refresh(token, client_id)).json()
    world.clock.advance(GRACE)
    replay = await world.refresh(token, client_id)
    assert (replay.status_code, replay.json()["error"]) == (400, "invalid_grant")
    assert (await world.refresh(leaf["refresh_token"], client_id)).status_code == 400
    assert (await world.ask_userinfo(leaf["access_token"])).status_code == 401
    assert (await world.list_events()).count("token.replayed") == 1


@ROTATING
async def test_an_older_ancestor_kills_the_family_even_within_the_grace(
    world: TokenWorld, client_id: str
) -> None:
    oldest = (await world.tokens(client_id))["refresh_token"]
    parent = (await world.refresh(oldest, client_id)).json()["refresh_token"]
    leaf = (await world.refresh(parent, client_id)).json()
    assert (await world.refresh(oldest, client_id)).status_code == 400
    assert (await world.refresh(leaf["refresh_token"], client_id)).status_code == 400
    assert (await world.ask_userinfo(leaf["access_token"])).status_code == 401


async def test_an_expired_ancestor_is_a_replay_too(world: TokenWorld) -> None:
    oldest = (await world.tokens("spa"))["refresh_token"]
    leaf = (await world.refresh(oldest, "spa")).json()["refresh_token"]
    world.clock.advance(timedelta(days=20))
    leaf = (await world.refresh(leaf, "spa")).json()["refresh_token"]
    world.clock.advance(timedelta(days=20))
    assert (await world.refresh(oldest, "spa")).status_code == 400
    assert (await world.refresh(leaf, "spa")).status_code == 400


async def test_a_replay_ends_one_family_and_no_other(world: TokenWorld) -> None:
    other = await world.tokens("spa")
    token = (await world.tokens("spa"))["refresh_token"]
    await world.refresh(token, "spa")
    world.clock.advance(GRACE)
    await world.refresh(token, "spa")
    assert (await world.refresh(other["refresh_token"], "spa")).status_code == 200


async def test_another_client_can_neither_use_nor_kill(world: TokenWorld) -> None:
    token = (await world.tokens("rotating"))["refresh_token"]
    leaf = (await world.refresh(token, "rotating")).json()["refresh_token"]
    world.clock.advance(GRACE)
    for presented in (token, leaf):
        answer = await world.refresh(presented, "spa")
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert (await world.refresh(leaf, "rotating")).status_code == 200


async def test_without_a_grace_a_second_use_is_a_replay_at_once(world: TokenWorld) -> None:
    async with world.database.write() as transaction:
        await transaction.policies.put("tokens", {"refresh_grace": 0}, managed_by="file")
        await transaction.config.raise_generation()
    token = (await world.tokens("spa"))["refresh_token"]
    await world.refresh(token, "spa")
    assert (await world.refresh(token, "spa")).status_code == 400


async def test_the_successor_is_the_same_after_the_server_key_was_rotated(
    world: TokenWorld,
) -> None:
    token = (await world.tokens("spa"))["refresh_token"]
    lost = (await world.refresh(token, "spa")).json()["refresh_token"]
    keys = world.database.keys
    newer = new_key(keys.refresh.newest.version + 1)
    ring = KeyRing.of(*keys.refresh.keys.values(), newer)
    world.database.keys = replace(keys, refresh=ring)
    assert (await world.refresh(token, "spa")).json()["refresh_token"] == lost
    assert (await world.refresh(lost, "spa")).status_code == 200


async def test_each_use_starts_the_thirty_days_anew(world: TokenWorld) -> None:
    kept, unused = (await world.tokens())["refresh_token"], (await world.tokens())["refresh_token"]
    world.clock.advance(timedelta(days=29))
    assert (await world.refresh(kept)).status_code == 200
    world.clock.advance(timedelta(days=1))
    assert (await world.refresh(unused)).json()["error"] == "invalid_grant"
    world.clock.advance(timedelta(days=28))
    assert (await world.refresh(kept)).status_code == 200


@pytest.mark.parametrize("client_id", ["shop", "spa"])
async def test_a_family_ends_however_often_it_is_used(world: TokenWorld, client_id: str) -> None:
    token = (await world.tokens(client_id))["refresh_token"]
    for _ in range(8):
        world.clock.advance(timedelta(days=22))
        token = (await world.refresh(token, client_id)).json()["refresh_token"]
    world.clock.advance(timedelta(days=4) - timedelta(seconds=100))
    last = await world.refresh(token, client_id)
    assert last.json()["expires_in"] == 100
    world.clock.advance(timedelta(seconds=100))
    token = last.json()["refresh_token"]
    assert (await world.refresh(token, client_id)).json()["error"] == "invalid_grant"


async def test_scope_narrows_the_access_token_and_not_the_refresh_token(world: TokenWorld) -> None:
    token = (await world.tokens("spa"))["refresh_token"]
    narrow = (await world.refresh(token, "spa", scope="openid orders")).json()
    assert narrow["scope"] == "openid orders"
    _, claims = await read_jwt(world.database, narrow["access_token"])
    assert claims["scope"] == "openid orders"
    wide = (await world.refresh(narrow["refresh_token"], "spa")).json()
    assert set(wide["scope"].split()) == set(SCOPES.split())


@pytest.mark.parametrize("scope", ["openid phone", "other", "openid  orders", '"'])
async def test_more_than_was_granted_is_refused_and_burns_nothing(
    world: TokenWorld, scope: str
) -> None:
    token = (await world.tokens("spa"))["refresh_token"]
    refused = await world.refresh(token, "spa", scope=scope)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")
    world.clock.advance(GRACE)
    assert (await world.refresh(token, "spa")).status_code == 200


async def test_the_id_token_of_a_refresh_keeps_who_and_when(world: TokenWorld) -> None:
    first = await world.tokens()
    world.clock.advance(timedelta(hours=1))
    again = (await world.refresh(first["refresh_token"])).json()
    _, before = await read_jwt(world.database, first["id_token"])
    _, after = await read_jwt(world.database, again["id_token"])
    for claim in ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid"):
        assert after[claim] == before[claim]
    assert after["iat"] == before["iat"] + 3600
    assert after["at_hash"] != before["at_hash"]
    assert "nonce" not in after


async def test_what_is_withdrawn_goes_and_the_rest_goes_on(world: TokenWorld) -> None:
    first = await world.tokens("spa")
    await world.withdraw("spa", "orders")
    assert (await world.ask_userinfo(first["access_token"])).status_code == 401
    again = (await world.refresh(first["refresh_token"], "spa")).json()
    assert "orders" not in again["scope"].split()
    assert (await world.ask_userinfo(again["access_token"])).status_code == 200
    assert (await world.ask_userinfo(first["access_token"])).status_code == 401


async def test_an_opaque_token_from_before_a_withdrawal_stays_dead(world: TokenWorld) -> None:
    first = await world.tokens("opaque")
    await world.withdraw("opaque", "orders")
    again = (await world.refresh(first["refresh_token"], "opaque")).json()
    assert await world.is_active(again["access_token"], "opaque")
    assert not await world.is_active(first["access_token"], "opaque")


async def test_a_refresh_for_nothing_but_the_withdrawn_is_refused(world: TokenWorld) -> None:
    token = (await world.tokens())["refresh_token"]
    await world.withdraw("shop", "orders")
    assert (await world.refresh(token, scope="orders")).json()["error"] == "invalid_grant"


async def test_a_removed_app_refreshes_no_more(world: TokenWorld) -> None:
    first = await world.tokens()
    client = await world.client("shop")
    async with world.database.write() as transaction:
        grant = await transaction.client_grants.lock(world.customer, client.id)
        assert grant is not None
        await transaction.client_grants.remove(grant.id)
        await transaction.authorizations.revoke_for_grant(grant.id, "client_removed")
    assert (await world.refresh(first["refresh_token"])).status_code == 400
    await world.family("shop")  # the customer allows the app anew
    assert (await world.refresh(first["refresh_token"])).status_code == 400
    assert not await world.is_active(first["access_token"])


async def test_the_end_of_the_session_ends_what_is_not_offline(world: TokenWorld) -> None:
    bound = await world.tokens(scopes="openid orders")
    offline = await world.tokens(scopes="openid offline_access")
    await world.end_session()
    assert (await world.refresh(bound["refresh_token"])).json()["error"] == "invalid_grant"
    assert not await world.is_active(bound["access_token"])
    assert (await world.refresh(offline["refresh_token"])).status_code == 200
    assert await world.is_active(offline["access_token"])


@pytest.mark.parametrize("unused", [timedelta(days=7), timedelta(days=30)])
async def test_a_session_that_ran_out_ends_it_too(world: TokenWorld, unused: timedelta) -> None:
    bound = (await world.tokens(scopes="openid orders"))["refresh_token"]
    offline = (await world.tokens(scopes="openid offline_access"))["refresh_token"]
    world.clock.advance(unused - timedelta(days=1))
    if unused == timedelta(days=30):
        async with world.database.write() as transaction:
            await transaction.sessions.touch_all({world.session.id: world.clock.now()})
    assert (await world.refresh(bound)).status_code == 200
    assert (await world.refresh(offline)).status_code == 200
    world.clock.advance(timedelta(days=1, seconds=1))
    assert (await world.refresh(bound)).status_code == 400
    assert (await world.refresh(offline)).status_code == 200


async def test_a_disabled_customer_ends_even_what_is_offline(world: TokenWorld) -> None:
    first = await world.tokens()
    async with world.database.write() as transaction:
        await transaction.customers.set_state(world.customer, "disabled", was="active")
    assert (await world.refresh(first["refresh_token"])).status_code == 400
    assert not await world.is_active(first["access_token"])


async def test_an_unknown_token_and_a_code_are_refused_alike(world: TokenWorld) -> None:
    code = await world.code()
    for presented in ("ciam_rt_nothing", "x", code, (await world.tokens())["access_token"]):
        answer = await world.refresh(presented)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
