"""Naver: no scopes, the state at the token endpoint, everything under `response`."""

from urllib.parse import parse_qs, urlsplit

from tests.providers.world import World


async def test_no_scope_is_asked_and_the_state_is_said_twice(world: World) -> None:
    assert "scope" not in parse_qs(urlsplit(await world.leave("naver")).query)
    identity = await world.identity("naver")  # the fake refuses a code without its state
    assert identity.claims == {"name": "佐藤 花子"}
