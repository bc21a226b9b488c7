"""POST /token with client_credentials: a client's own token (RFC 6749 §4.4, RFC 9068)."""

from datetime import timedelta

import pytest

from ciam.audit.late_events import late_events
from tests.factories.read_jwt import read_jwt
from tests.factories.token_world import ISSUER, TokenWorld

OWN = {"grant_type": "client_credentials"}


async def test_a_client_gets_a_token_of_its_own(world: TokenWorld) -> None:
    answer = await world.post("/token", "batch", OWN)
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    assert body["scope"] == "orders stock"
    header, claims = await read_jwt(world.database, body["access_token"])
    now = int(world.clock.now().timestamp())
    assert header["typ"] == "at+jwt"
    assert claims.pop("jti")
    assert claims == {
        "iss": ISSUER,
        "sub": "batch",
        "aud": ISSUER,
        "client_id": "batch",
        "scope": "orders stock",
        "iat": now,
        "exp": now + 240,
    }


async def test_it_may_ask_for_less(world: TokenWorld) -> None:
    answer = await world.post("/token", "batch", OWN | {"scope": "stock"})
    assert answer.json()["scope"] == "stock"


@pytest.mark.parametrize("scope", ["openid", "email", "orders openid", "other", "a\\b", " orders"])
async def test_nothing_of_a_customer_and_nothing_unregistered(
    world: TokenWorld, scope: str
) -> None:
    answer = await world.post("/token", "batch", OWN | {"scope": scope})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


async def test_nothing_is_written_before_the_reply_and_the_event_follows(
    world: TokenWorld,
) -> None:
    await late_events.flush(world.database)
    before = await world.list_events()
    await world.post("/token", "batch", OWN)
    assert await world.list_events() == before
    assert await late_events.flush(world.database) == 1
    assert await world.list_events() == [*before, "token.issued"]


async def test_it_is_active_until_it_expires(world: TokenWorld) -> None:
    token = (await world.post("/token", "batch", OWN)).json()["access_token"]
    world.clock.advance(timedelta(seconds=239))
    assert await world.is_active(token, "batch")
    world.clock.advance(timedelta(seconds=1))
    assert not await world.is_active(token, "batch")


async def test_it_opens_no_userinfo(world: TokenWorld) -> None:
    token = (await world.post("/token", "batch", OWN)).json()["access_token"]
    answer = await world.ask_userinfo(token)
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


async def test_it_ends_with_its_client(world: TokenWorld) -> None:
    token = (await world.post("/token", "orders-api", OWN)).json()["access_token"]
    assert await world.is_active(token, "orders-api")
    async with world.database.write() as transaction:
        await transaction.clients.disable("orders-api")
        await transaction.config.raise_generation()
    assert not await world.is_active(token, "batch")
