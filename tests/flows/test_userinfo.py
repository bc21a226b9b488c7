"""GET and POST /userinfo (OIDC Core §5.3), the token as RFC 6750 §2 sends it."""

import pytest

from tests.factories.token_world import TokenWorld

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_the_claims_of_the_granted_scopes_and_no_others(world: TokenWorld) -> None:
    tokens = await world.tokens(scopes="openid email")
    answer = await world.ask_userinfo(tokens["access_token"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "sub": "sub-at-shop",
        "email": "hanako@example.jp",
        "email_verified": True,
    }


async def test_openid_alone_gives_the_subject_alone(world: TokenWorld) -> None:
    tokens = await world.tokens(scopes="openid")
    assert (await world.ask_userinfo(tokens["access_token"])).json() == {"sub": "sub-at-shop"}


async def test_a_claim_asked_for_by_name_needs_the_grant(world: TokenWorld) -> None:
    asked = {"userinfo": {"given_name": None, "phone_number": {"essential": True}}}
    tokens = await world.tokens(scopes="openid profile", claims=asked)
    token = (await world.refresh(tokens["refresh_token"], scope="openid")).json()["access_token"]
    answer = (await world.ask_userinfo(token)).json()
    assert answer == {"sub": "sub-at-shop", "given_name": "花子"}


async def test_post_with_the_token_in_header_or_body(world: TokenWorld) -> None:
    token = (await world.tokens("opaque"))["access_token"]
    header = {"Authorization": f"bearer {token}"}
    assert (await world.http.post("/userinfo", headers=header)).status_code == 200
    answer = await world.http.post("/userinfo", data={"access_token": token})
    assert answer.json()["sub"] == "sub-at-opaque"


async def test_the_subject_is_that_of_the_id_token_for_each_client(world: TokenWorld) -> None:
    for client_id in ("shop", "spa"):
        token = (await world.tokens(client_id))["access_token"]
        assert (await world.ask_userinfo(token)).json()["sub"] == f"sub-at-{client_id}"


async def test_without_a_token_the_challenge_names_no_error(world: TokenWorld) -> None:
    for headers in ({}, {"Authorization": "Basic c2hvcDp4"}):
        answer = await world.http.get("/userinfo", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="ciam"'


async def test_a_token_in_the_query_is_not_read(world: TokenWorld) -> None:
    token = (await world.tokens())["access_token"]
    assert (await world.http.get(f"/userinfo?access_token={token}")).status_code == 401


@pytest.mark.parametrize("token", ["x", "", "a.b.c", "ciam_at_nothing", "é"])
async def test_a_token_that_does_not_count_is_refused(world: TokenWorld, token: str) -> None:
    answer = await world.http.get(
        "/userinfo", headers={b"Authorization": f"Bearer {token}".encode()}
    )
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert answer.headers["cache-control"] == "no-store"


async def test_refresh_and_id_tokens_open_nothing(world: TokenWorld) -> None:
    tokens = await world.tokens()
    for kind in ("refresh_token", "id_token"):
        assert (await world.ask_userinfo(tokens[kind])).status_code == 401


async def test_a_token_without_openid_is_not_enough(world: TokenWorld) -> None:
    token = (await world.tokens(scopes="orders"))["access_token"]
    answer = await world.ask_userinfo(token)
    assert answer.status_code == 403
    challenge = answer.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="openid"' in challenge


async def test_two_tokens_are_no_token(world: TokenWorld) -> None:
    token = (await world.tokens())["access_token"]
    answer = await world.http.post(
        "/userinfo", data={"access_token": token}, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 400
    assert 'error="invalid_request"' in answer.headers["www-authenticate"]
    body = f"access_token={token}&access_token={token}"
    answer = await world.http.post("/userinfo", content=body, headers=FORM)
    assert answer.status_code == 400
    assert 'error="invalid_request"' in answer.headers["www-authenticate"]


async def test_a_withdrawn_scope_is_gone_with_the_next_call(world: TokenWorld) -> None:
    first = await world.tokens()
    await world.withdraw("shop", "email")
    assert (await world.ask_userinfo(first["access_token"])).status_code == 401
    again = (await world.refresh(first["refresh_token"])).json()
    assert "email" not in (await world.ask_userinfo(again["access_token"])).json()
