"""Client authentication at /token (RFC 6749 §2.3, §5.2; OIDC Core §9)."""

import base64

import httpx
import pytest

from ciam.audit.late_events import late_events
from tests.factories.token_world import TokenWorld, basic, secret_of

OWN = {"grant_type": "client_credentials"}
UNKNOWN_CODE = {
    "grant_type": "authorization_code",
    "code": "ciam_ac_nothing",
    "redirect_uri": "https://shop.example.com/callback",
}


async def ask(world: TokenWorld, header: str | None = None, **parameters: str) -> httpx.Response:
    headers = {} if header is None else {"Authorization": header}
    return await world.http.post("/token", data=UNKNOWN_CODE | parameters, headers=headers)


def is_authenticated(answer: httpx.Response) -> bool:
    """Only a client that proved itself is told that its code is unknown."""
    return answer.status_code == 400 and answer.json()["error"] == "invalid_grant"


def raw_basic(text: str | bytes) -> str:
    raw = text if isinstance(text, bytes) else text.encode()
    return "Basic " + base64.b64encode(raw).decode()


async def test_basic_with_every_character_form_encoded(world: TokenWorld) -> None:
    assert is_authenticated(await ask(world, basic("shop")))
    assert is_authenticated(await ask(world, basic("shop").replace("Basic", "bAsIc")))
    assert is_authenticated(await ask(world, basic("shop"), client_id="shop"))


async def test_post_and_none(world: TokenWorld) -> None:
    answer = await ask(world, client_id="posting", client_secret=secret_of("posting"))
    assert is_authenticated(answer)
    assert is_authenticated(await ask(world, client_id="spa"))


@pytest.mark.parametrize(
    ("header", "parameters"),
    [
        (None, {}),
        (basic("shop", "wrong"), {}),
        (basic("shop", ""), {}),
        (basic("nobody"), {}),
        (basic("spa", ""), {}),
        (basic("spa", "anything"), {}),
        (basic("posting", secret_of("posting")), {}),
        (raw_basic(f"shop:{secret_of('shop')}"), {}),  # not form-encoded
        (raw_basic("shop"), {}),
        (raw_basic("shop:%zz"), {}),
        (raw_basic(b"shop:\xff\xfe"), {}),
        (raw_basic("shop:%ff"), {}),
        ("Basic not-base64!", {}),
        ("Basic", {}),
        ("Bearer something", {}),
        ("Bearer something", {"client_id": "spa"}),
        (None, {"client_id": "shop"}),
        (None, {"client_id": "shop", "client_secret": secret_of("shop")}),
        (None, {"client_id": "posting", "client_secret": "wrong"}),
        (None, {"client_id": "spa", "client_secret": "anything"}),
        (None, {"client_id": "nobody"}),
        (None, {"client_id": "x" * 3000}),
        (None, {"client_secret": secret_of("posting")}),
    ],
)
async def test_whatever_proves_nothing_gets_one_and_the_same_401(
    world: TokenWorld, header: str | None, parameters: dict[str, str]
) -> None:
    answer = await ask(world, header, **parameters)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="ciam"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "error": "invalid_client",
        "error_description": "client authentication failed",
    }


@pytest.mark.parametrize(
    "parameters",
    [
        {"client_id": "shop", "client_secret": secret_of("shop")},
        {"client_secret": secret_of("shop")},
        {"client_id": "spa"},
    ],
)
async def test_two_proofs_or_two_names_are_no_proof(
    world: TokenWorld, parameters: dict[str, str]
) -> None:
    answer = await ask(world, basic("shop"), **parameters)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_secret_in_the_query_is_not_read(world: TokenWorld) -> None:
    query = f"client_id=posting&client_secret={secret_of('posting')}"
    answer = await world.http.post(f"/token?{query}", data=UNKNOWN_CODE)
    assert answer.status_code == 401


async def test_a_disabled_client_is_a_stranger_at_once(world: TokenWorld) -> None:
    assert is_authenticated(await ask(world, basic("shop")))
    async with world.database.write() as transaction:
        await transaction.clients.disable("shop")
        await transaction.config.raise_generation()
    assert (await ask(world, basic("shop"))).status_code == 401


async def test_a_failed_proof_of_a_known_client_is_in_the_audit_trail(world: TokenWorld) -> None:
    await late_events.flush(world.database)
    await ask(world, basic("shop", "wrong"))
    await ask(world, basic("nobody"))
    assert await late_events.flush(world.database) == 1
    assert (await world.list_events())[-1] == "client.refused"
