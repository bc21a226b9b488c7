"""Which scripts may call us: those of registered origins, exactly, and never with cookies."""

import pytest

from ciam.oauth.registration import ClientMetadata
from tests.api.world import ApiWorld

SPA, LISTED = "https://spa.example.com", "https://other.example.com:8443"


async def _register(world: ApiWorld) -> None:
    public = ClientMetadata(
        client_name="A script",
        redirect_uris=(f"{SPA}/callback",),
        token_endpoint_auth_method="none",
        allowed_origins=(LISTED,),
    )
    async with world.app.state.parts.database.write() as transaction:
        await transaction.clients.put(
            "spa", public.to_document(), secret_hash=None, brand=None, managed_by="file"
        )
        await transaction.config.raise_generation()


async def test_only_registered_origins_may_read_answers(world: ApiWorld) -> None:
    await _register(world)
    for path in ("/token", "/revoke", "/userinfo", "/api/v1/profile"):
        for origin, may in (
            (SPA, True),
            (LISTED, True),
            ("https://shop.example.com", False),  # confidential: its server speaks for it
            ("http://spa.example.com", False),
            (f"{SPA}:443", False),
            (f"{SPA}.evil.example", False),
            ("https://SPA.example.com", False),
            ("null", False),
        ):
            asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            preflight = await world.http.options(path, headers=asked)
            answer = await world.http.post(path, headers={"Origin": origin})
            for found in (preflight, answer):
                given = found.headers.get("access-control-allow-origin")
                assert given == (origin if may else None), (path, origin)
                assert "access-control-allow-credentials" not in found.headers
                assert "Origin" in found.headers["vary"]
            assert preflight.status_code == 204
            assert ("access-control-allow-methods" in preflight.headers) is may


async def test_public_documents_are_for_everybody(world: ApiWorld) -> None:
    for path in ("/.well-known/openid-configuration", "/jwks.json"):
        answer = await world.http.get(path, headers={"Origin": "https://anyone.example.com"})
        assert answer.headers.get_list("access-control-allow-origin") == ["*"]


async def test_pages_are_closed_to_other_origins(world: ApiWorld) -> None:
    await _register(world)
    for path in ("/sign-in", "/account", "/authorize", "/introspect"):
        answer = await world.http.get(path, headers={"Origin": SPA})
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["https://a.example.com/", "https://a.example.com/x", "a.example.com", "http://a.jp",
               "https://*.example.com", "null", "https://A.example.com", "https://u@a.example.com"]
)  # fmt: skip
def test_an_origin_with_two_readings_is_not_registered(origin: str) -> None:
    with pytest.raises(ValueError, match="origin"):
        ClientMetadata(client_name="A", grant_types=(), allowed_origins=(origin,))
