"""POST /token with a code (RFC 6749 §4.1.3, OIDC Core §3.1.3, RFC 7636 §4.6, RFC 9700 §2.1.1)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ciam.storage.tables import metadata
from tests.factories.read_jwt import read_jwt
from tests.factories.token_world import ISSUER, SCOPES, TokenWorld, redirect_uri_of


async def test_a_code_gives_tokens_that_no_cache_keeps(world: TokenWorld) -> None:
    answer = await world.redeem(await world.code())
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {
        "access_token",
        "token_type",
        "expires_in",
        "scope",
        "refresh_token",
        "id_token",
    }
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 240
    assert set(body["scope"].split()) == set(SCOPES.split())


async def test_the_access_token_is_a_jwt_of_rfc_9068(world: TokenWorld) -> None:
    body = await world.tokens()
    header, claims = await read_jwt(world.database, body["access_token"])
    now = int(world.clock.now().timestamp())
    assert header["typ"] == "at+jwt"
    assert claims.pop("jti")
    assert claims.pop("sid")
    assert claims == {
        "iss": ISSUER,
        "sub": "sub-at-shop",
        "aud": ISSUER,
        "client_id": "shop",
        "scope": "openid email offline_access orders profile",
        "iat": now,
        "exp": now + 240,
        "auth_time": now,
        "acr": "urn:ciam:acr:1",
        "amr": ["pwd"],
    }


async def test_the_audience_names_the_api_and_us_for_userinfo(world: TokenWorld) -> None:
    body = await world.tokens("for-api")
    _, claims = await read_jwt(world.database, body["access_token"])
    assert claims["aud"] == ["orders-api", ISSUER]
    body = await world.tokens("for-api", scopes="orders")
    _, claims = await read_jwt(world.database, body["access_token"])
    assert claims["aud"] == "orders-api"


async def test_an_opaque_access_token_says_nothing(world: TokenWorld) -> None:
    body = await world.tokens("opaque")
    assert body["access_token"].startswith("ciam_at_")
    assert "." not in body["access_token"]


async def test_the_id_token_says_who_signed_in_and_nothing_more(world: TokenWorld) -> None:
    body = await world.tokens()
    header, claims = await read_jwt(world.database, body["id_token"])
    now = int(world.clock.now().timestamp())
    assert header["alg"] == "RS256"
    assert len(claims.pop("at_hash")) == 22
    assert claims.pop("sid")
    assert claims == {
        "iss": ISSUER,
        "sub": "sub-at-shop",
        "aud": "shop",
        "nonce": "n-0S6_WzA2Mj",
        "iat": now,
        "exp": now + 600,
        "auth_time": now,
        "acr": "urn:ciam:acr:1",
        "amr": ["pwd"],
    }


async def test_a_claim_asked_for_by_name_is_in_the_id_token_alone(world: TokenWorld) -> None:
    asked = {"id_token": {"email": {"essential": True}, "sub": {"value": "another"}}}
    body = await world.tokens(claims=asked)
    _, claims = await read_jwt(world.database, body["id_token"])
    assert claims["email"] == "hanako@example.jp"
    assert claims["sub"] == "sub-at-shop"
    assert "given_name" not in claims


async def test_a_client_registered_for_it_gets_the_profile_in_the_id_token(
    world: TokenWorld,
) -> None:
    body = await world.tokens("rich")
    header, claims = await read_jwt(world.database, body["id_token"])
    assert header["alg"] == "ES256"
    assert claims["email"] == "hanako@example.jp"
    assert claims["given_name"] == "花子"


async def test_without_openid_there_is_no_id_token(world: TokenWorld) -> None:
    assert "id_token" not in await world.tokens(scopes="orders")


async def test_a_client_without_the_refresh_grant_gets_no_refresh_token(world: TokenWorld) -> None:
    assert "refresh_token" not in await world.tokens("once")


async def test_a_replayed_code_revokes_what_it_issued(world: TokenWorld) -> None:
    code = await world.code()
    first = (await world.redeem(code)).json()
    assert await world.is_active(first["access_token"])
    again = await world.redeem(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert not await world.is_active(first["access_token"])
    assert not await world.is_active(first["refresh_token"])
    assert (await world.ask_userinfo(first["access_token"])).status_code == 401
    assert (await world.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await world.list_events()).count("token.replayed") == 1


async def test_a_replay_is_recognised_long_after_the_code_expired(world: TokenWorld) -> None:
    code = await world.code()
    first = (await world.redeem(code)).json()
    world.clock.advance(timedelta(days=3))
    assert (await world.redeem(code)).status_code == 400
    assert not await world.is_active(first["refresh_token"])


@pytest.mark.parametrize(
    ("client_id", "changes"),
    [
        ("rotating", {"redirect_uri": redirect_uri_of("shop")}),
        ("shop", {"redirect_uri": redirect_uri_of("shop") + "/"}),
        ("shop", {"redirect_uri": None}),
        ("shop", {"code_verifier": "x" * 43}),
        ("shop", {"code_verifier": "short"}),
        ("shop", {"code_verifier": None}),
    ],
)
async def test_an_invalid_use_neither_burns_a_code_nor_revokes(
    world: TokenWorld, client_id: str, changes: dict[str, str | None]
) -> None:
    code = await world.code()
    refused = await world.redeem(code, client_id, **changes)
    assert refused.status_code == 400
    assert refused.json()["error"] in {"invalid_grant", "invalid_request"}
    first = await world.redeem(code)
    assert first.status_code == 200
    assert (await world.redeem(code, client_id, **changes)).status_code == 400
    assert await world.is_active(first.json()["access_token"])
    assert "token.replayed" not in await world.list_events()


async def test_a_code_lives_for_sixty_seconds(world: TokenWorld) -> None:
    in_time, too_late = await world.code(), await world.code()
    world.clock.advance(timedelta(seconds=59.9))
    assert (await world.redeem(in_time)).status_code == 200
    world.clock.advance(timedelta(seconds=0.1))
    assert (await world.redeem(too_late)).json()["error"] == "invalid_grant"


async def test_an_unknown_code_is_refused(world: TokenWorld) -> None:
    assert (await world.redeem("ciam_ac_nothing")).json()["error"] == "invalid_grant"


async def test_a_verifier_without_a_challenge_is_refused(world: TokenWorld) -> None:
    code = await world.code(challenge=None)
    assert (await world.redeem(code)).json()["error"] == "invalid_grant"
    assert (await world.redeem(code, code_verifier=None)).status_code == 200


async def test_the_wrong_causes_cannot_be_told_apart(world: TokenWorld) -> None:
    """A stranger learns nothing from the answer (RFC 6749 §5.2): one error, one sentence."""
    used, old = await world.code(), await world.code()
    await world.redeem(used)
    answers = [
        await world.redeem("ciam_ac_nothing"),
        await world.redeem(await world.code(), code_verifier="y" * 43),
        await world.redeem(await world.code(), redirect_uri="https://shop.example.com/other"),
        await world.redeem(await world.code("rotating"), redirect_uri=redirect_uri_of("rotating")),
        await world.redeem(used),
    ]
    world.clock.advance(timedelta(minutes=2))
    answers.append(await world.redeem(old))
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (400, answers[0].content)
    }


async def test_a_code_dies_with_the_session_it_came_from(world: TokenWorld) -> None:
    bound, offline = await world.code(scopes="openid"), await world.code()
    await world.end_session()
    assert (await world.redeem(bound)).json()["error"] == "invalid_grant"
    assert (await world.redeem(offline)).status_code == 200


async def test_a_code_dies_with_the_customer(world: TokenWorld) -> None:
    code = await world.code()
    async with world.database.write() as transaction:
        await transaction.customers.set_state(world.customer, "disabled", was="active")
    assert (await world.redeem(code)).json()["error"] == "invalid_grant"


async def test_what_was_withdrawn_before_the_redemption_is_not_issued(world: TokenWorld) -> None:
    code = await world.code()
    await world.withdraw("shop", "orders")
    body = (await world.redeem(code)).json()
    assert "orders" not in body["scope"].split()
    _, claims = await read_jwt(world.database, body["access_token"])
    assert "orders" not in claims["scope"].split()
    assert await world.is_active(body["access_token"])


async def test_a_public_client_redeems_by_its_verifier_alone(world: TokenWorld) -> None:
    assert (await world.redeem(await world.code("spa"), "spa")).status_code == 200


async def test_a_client_without_the_grant_is_refused(world: TokenWorld) -> None:
    code = await world.code()
    assert (await world.redeem(code, "batch")).json()["error"] == "unauthorized_client"


async def test_no_secret_of_an_answer_stands_in_the_database(world: TokenWorld) -> None:
    code = await world.code("opaque")
    body = (await world.redeem(code, "opaque")).json()
    again = (await world.refresh(body["refresh_token"], "opaque")).json()
    async with world.database.read() as transaction:
        names = ("authorization_code", "refresh_token", "access_token", "audit_event")
        dump = ""
        for name in names:
            rows = await transaction.connection.execute(select(metadata.tables[name]))
            dump += str(rows.all())
    for secret in (code, body["access_token"], body["refresh_token"], again["refresh_token"]):
        assert secret not in dump
        assert secret.split("_", 2)[2] not in dump
