"""POST /introspect (RFC 7662): for a client's own tokens and those whose audience it is."""

from datetime import timedelta

import pytest

from tests.factories.token_world import ISSUER, TokenWorld

INACTIVE = {"active": False}


async def test_an_access_token_is_described(world: TokenWorld) -> None:
    tokens = await world.tokens(scopes="openid orders")
    answer = await world.post("/introspect", "shop", {"token": tokens["access_token"]})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    body, now = answer.json(), int(world.clock.now().timestamp())
    assert body.pop("jti")
    assert body == {
        "active": True,
        "scope": "openid orders",
        "client_id": "shop",
        "token_type": "Bearer",
        "exp": now + 240,
        "iat": now,
        "sub": "sub-at-shop",
        "aud": ISSUER,
        "iss": ISSUER,
        "auth_time": now,
        "acr": "urn:ciam:acr:1",
        "amr": ["pwd"],
    }


async def test_an_opaque_token_is_described_alike(world: TokenWorld) -> None:
    tokens = await world.tokens("opaque")
    answer = await world.post("/introspect", "opaque", {"token": tokens["access_token"]})
    assert answer.json()["active"] is True
    assert answer.json()["sub"] == "sub-at-opaque"
    assert answer.json()["aud"] == ISSUER


async def test_a_refresh_token_is_described_to_its_client(world: TokenWorld) -> None:
    tokens = await world.tokens()
    for hint in ("refresh_token", "access_token", "unknown"):
        parameters = {"token": tokens["refresh_token"], "token_type_hint": hint}
        body = (await world.post("/introspect", "shop", parameters)).json()
        assert body["active"] is True
        assert "token_type" not in body


async def test_an_api_may_ask_about_tokens_made_for_it(world: TokenWorld) -> None:
    tokens = await world.tokens("for-api")
    parameters = {"token": tokens["access_token"]}
    assert (await world.post("/introspect", "orders-api", parameters)).json()["active"] is True
    parameters = {"token": tokens["refresh_token"]}
    assert (await world.post("/introspect", "orders-api", parameters)).json() == INACTIVE


async def test_anothers_token_is_inactive_and_nothing_more(world: TokenWorld) -> None:
    tokens = await world.tokens()
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert (await world.post("/introspect", "batch", {"token": token})).json() == INACTIVE


@pytest.mark.parametrize(
    "token", ["x", "ciam_at_nothing", "ciam_rt_nothing", "a.b.c", "..", "é", "x" * 4000]
)
async def test_what_is_no_token_is_inactive(world: TokenWorld, token: str) -> None:
    answer = await world.post("/introspect", "shop", {"token": token})
    assert (answer.status_code, answer.json()) == (200, INACTIVE)


async def test_an_id_token_and_a_changed_token_are_inactive(world: TokenWorld) -> None:
    tokens = await world.tokens()
    assert not await world.is_active(tokens["id_token"])
    header, payload, signature = tokens["access_token"].split(".")
    swapped = "A" if signature[5] != "A" else "B"
    changed = f"{header}.{payload}.{signature[:5]}{swapped}{signature[6:]}"
    assert not await world.is_active(changed)
    unsigned = f"eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{payload}."
    assert not await world.is_active(unsigned)


@pytest.mark.parametrize("client_id", ["shop", "opaque"])
async def test_a_token_is_inactive_from_its_last_second_on(
    world: TokenWorld, client_id: str
) -> None:
    token = (await world.tokens(client_id))["access_token"]
    world.clock.advance(timedelta(seconds=239))
    assert await world.is_active(token, client_id)
    world.clock.advance(timedelta(seconds=1))
    assert not await world.is_active(token, client_id)


async def test_a_rotated_refresh_token_is_inactive(world: TokenWorld) -> None:
    token = (await world.tokens("rotating"))["refresh_token"]
    leaf = (await world.refresh(token, "rotating")).json()["refresh_token"]
    assert not await world.is_active(token, "rotating")
    assert await world.is_active(leaf, "rotating")


async def test_only_a_client_that_proves_itself_may_ask(world: TokenWorld) -> None:
    token = (await world.tokens("spa"))["access_token"]
    for client_id in (None, "spa"):
        answer = await world.post("/introspect", client_id, {"token": token})
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert "www-authenticate" in answer.headers


async def test_a_request_without_a_token_is_refused(world: TokenWorld) -> None:
    answer = await world.post("/introspect", "shop", {})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_get_is_not_allowed(world: TokenWorld) -> None:
    assert (await world.http.get("/introspect?token=x")).status_code == 405
