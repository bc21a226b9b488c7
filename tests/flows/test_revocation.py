"""POST /revoke (RFC 7009): a client gives up a token; consent stays as it is."""

import pytest

from tests.factories.token_world import TokenWorld


async def test_a_refresh_token_takes_its_family_along(world: TokenWorld) -> None:
    tokens = await world.tokens()
    answer = await world.post("/revoke", "shop", {"token": tokens["refresh_token"]})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["cache-control"] == "no-store"
    assert not await world.is_active(tokens["access_token"])
    assert (await world.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await world.list_events())[-1] == "token.revoked"


@pytest.mark.parametrize("client_id", ["shop", "opaque"])
async def test_an_access_token_goes_alone(world: TokenWorld, client_id: str) -> None:
    tokens = await world.tokens(client_id)
    answer = await world.post("/revoke", client_id, {"token": tokens["access_token"]})
    assert answer.status_code == 200
    assert not await world.is_active(tokens["access_token"], client_id)
    assert (await world.ask_userinfo(tokens["access_token"])).status_code == 401
    again = await world.refresh(tokens["refresh_token"], client_id)
    assert again.status_code == 200
    assert await world.is_active(again.json()["access_token"], client_id)


async def test_a_clients_own_token_can_be_given_up(world: TokenWorld) -> None:
    own = await world.post("/token", "batch", {"grant_type": "client_credentials"})
    token = own.json()["access_token"]
    assert (await world.post("/revoke", "batch", {"token": token})).status_code == 200
    assert not await world.is_active(token, "batch")


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "id_token", ""])
async def test_a_wrong_hint_is_no_harm(world: TokenWorld, hint: str) -> None:
    tokens = await world.tokens()
    for token in (tokens["access_token"], tokens["refresh_token"]):
        parameters = {"token": token, "token_type_hint": hint}
        assert (await world.post("/revoke", "shop", parameters)).status_code == 200
        assert not await world.is_active(token)


@pytest.mark.parametrize("token", ["x", "a.b.c", "ciam_rt_nothing", "ciam_at_nothing", "é"])
async def test_an_unknown_token_is_answered_like_a_revoked_one(
    world: TokenWorld, token: str
) -> None:
    before = await world.list_events()
    answer = await world.post("/revoke", "shop", {"token": token})
    assert (answer.status_code, answer.content) == (200, b"")
    assert await world.list_events() == before


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("owner", ["shop", "opaque"])
async def test_anothers_token_is_left_alone_and_the_client_is_told(
    world: TokenWorld, owner: str, kind: str
) -> None:
    tokens = await world.tokens(owner)
    answer = await world.post("/revoke", "batch", {"token": tokens[kind]})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert await world.is_active(tokens[kind], owner)


async def test_twice_is_as_good_as_once(world: TokenWorld) -> None:
    tokens = await world.tokens()
    for token in (tokens["access_token"], tokens["refresh_token"]):
        for _ in range(2):
            assert (await world.post("/revoke", "shop", {"token": token})).status_code == 200
    assert (await world.list_events()).count("token.revoked") == 2


async def test_a_rotated_refresh_token_still_revokes_its_family(world: TokenWorld) -> None:
    """A client whose reply was lost holds only the old token and must be able to sign out."""
    token = (await world.tokens("spa"))["refresh_token"]
    leaf = (await world.refresh(token, "spa")).json()
    assert (await world.post("/revoke", "spa", {"token": token})).status_code == 200
    assert (await world.refresh(leaf["refresh_token"], "spa")).status_code == 400


async def test_consent_stays_as_it_is(world: TokenWorld) -> None:
    tokens = await world.tokens()
    await world.post("/revoke", "shop", {"token": tokens["refresh_token"]})
    client = await world.client("shop")
    async with world.database.read() as transaction:
        grant = await transaction.client_grants.find(world.customer, client.id)
    assert grant is not None
    assert grant.removed_at is None
    assert (grant.epoch, "orders" in grant.scopes) == (0, True)


async def test_a_public_client_may_sign_out_too(world: TokenWorld) -> None:
    tokens = await world.tokens("spa")
    answer = await world.post("/revoke", "spa", {"token": tokens["refresh_token"]})
    assert answer.status_code == 200
    assert (await world.ask_userinfo(tokens["access_token"])).status_code == 401


async def test_a_stranger_revokes_nothing(world: TokenWorld) -> None:
    tokens = await world.tokens()
    answer = await world.post("/revoke", None, {"token": tokens["refresh_token"]})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert await world.is_active(tokens["refresh_token"])


async def test_a_request_without_a_token_is_refused(world: TokenWorld) -> None:
    answer = await world.post("/revoke", "shop", {})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
