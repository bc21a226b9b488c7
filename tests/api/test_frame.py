"""What every operation of the API shares: who may call, how it refuses, what is repeated."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from ciam.storage.tables.customers import customer
from tests.api.world import ApiWorld
from tests.parts.clock import FakeClock

PROFILE = "/profile"


async def test_a_token_for_another_audience_opens_nothing(world: ApiWorld) -> None:
    token = await world.customer_token(scopes="openid profile email")
    answer = await world.ask("GET", PROFILE, token)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    challenge = answer.headers["www-authenticate"]
    assert 'error="invalid_token"' in challenge
    assert f'resource_metadata="{world.issuer}/.well-known/' in challenge


async def test_a_token_of_the_api_alone_opens_no_userinfo(world: ApiWorld) -> None:
    token = await world.customer_token(scopes="profile account:profile")
    answer = await world.http.get("/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code in {401, 403}
    assert (await world.ask("GET", PROFILE, token)).status_code == 200


async def test_the_scope_of_each_operation_is_needed(world: ApiWorld) -> None:
    token = await world.customer_token(scopes="account:sessions")
    answer = await world.ask("GET", PROFILE, token)
    assert answer.status_code == 403
    assert 'scope="account:profile"' in answer.headers["www-authenticate"]
    assert (await world.ask("GET", "/sessions", token)).status_code == 200


async def test_a_service_and_a_customer_never_share_an_operation(world: ApiWorld) -> None:
    service, own = await world.service_token(), await world.customer_token()
    assert (await world.ask("GET", PROFILE, service)).status_code == 403
    path = f"/customers/{world.customer.customer_id}"
    assert (await world.ask("GET", path, own)).status_code == 403
    assert (await world.ask("GET", path, service)).status_code == 200


async def test_without_a_token_the_challenge_names_no_error(world: ApiWorld) -> None:
    for path in (PROFILE, f"{PROFILE}?access_token=x"):
        answer = await world.http.get(f"/api/v1{path}")
        assert answer.status_code == 401
        assert "error=" not in answer.headers["www-authenticate"]


async def test_what_an_old_sign_in_may_not_see_names_the_age(
    world: ApiWorld, clock: FakeClock
) -> None:
    token = await world.customer_token()
    assert (await world.ask("GET", "/authenticators", token)).status_code == 200
    clock.advance(timedelta(minutes=6))
    token = await world.customer_token()
    answer = await world.ask("GET", "/authenticators", token)
    assert answer.status_code == 401
    challenge = answer.headers["www-authenticate"]
    assert 'error="insufficient_user_authentication"' in challenge
    assert 'max_age="300"' in challenge


async def test_problems_speak_the_language_of_the_caller(world: ApiWorld) -> None:
    token = await world.customer_token()
    answers = [
        await world.ask("PUT", "/consents/made-up", token, {"decision": "withdraw"},
                        accept_language=language)
        for language in ("en", "ja")
    ]  # fmt: skip
    english, japanese = (answer.json() for answer in answers)
    assert english["type"] == japanese["type"] == "urn:ciam:problem:no_purpose"
    assert english["title"] != japanese["title"]
    assert [answer.headers["content-language"] for answer in answers] == ["en", "ja"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"decision": "give", "decision": "withdraw"}', 400),
        (b'{"decision": "wi\\u0000thdraw"}', 400),
        (b'{"decision": "\\ud800"}', 400),
        (b'{"version": NaN}', 400),
        (b'{"version": ' + b"9" * 5000 + b"}", 400),
        (b'{"a":' * 5000, 400),
        (b"[]", 422),
        (b'"give"', 422),
        (b"null", 422),
        (b'{"decision": "give", "more": 1}', 422),
        (b'{"decision": "' + b"x" * 70_000 + b'"}', 413),
        (b"x" * 1_100_000, 413),
    ],
)
async def test_a_body_with_no_one_reading_is_refused(
    world: ApiWorld, body: bytes, status: int
) -> None:
    token = await world.customer_token()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = await world.http.put("/api/v1/consents/newsletter", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in answer.text


async def test_another_media_type_is_refused(world: ApiWorld) -> None:
    token = await world.customer_token()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
    answer = await world.http.put("/api/v1/consents/newsletter", content=b"{}", headers=headers)
    assert answer.status_code == 415


async def test_a_path_that_is_not_there_is_a_problem(world: ApiWorld) -> None:
    answer = await world.http.get("/api/v1/made-up")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_writes_say_how_many_are_left_and_stop_at_the_limit(world: ApiWorld) -> None:
    async with world.app.state.parts.database.write() as transaction:
        await transaction.policies.put("limits", {"api_writes_minute": 2}, managed_by="file")
        await transaction.config.raise_generation()
    token = await world.customer_token()
    answers = [await world.ask("POST", "/sessions/end-others", token) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["ratelimit"].split(";")[1] for answer in answers] == [
        "r=1",
        "r=0",
        "r=0",
    ]
    assert answers[0].headers["ratelimit-policy"] == '"writes";q=2;w=60'
    assert int(answers[2].headers["retry-after"]) > 0


async def test_the_same_key_gives_the_same_reply_for_a_day(
    either_world: ApiWorld, clock: FakeClock
) -> None:
    world, key = either_world, "key-1"
    token = await world.customer_token()
    etag = (await world.ask("GET", PROFILE, token)).headers["etag"]
    sent: dict[str, Any] = {"json": {"nickname": "はな"}, "if_match": etag, "idempotency_key": key}
    first = await world.ask("PATCH", PROFILE, token, **sent)
    assert first.status_code == 200
    again = await world.ask("PATCH", PROFILE, token, **sent)
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["etag"] == first.headers["etag"]
    other = await world.ask("PATCH", PROFILE, token, **sent | {"json": {"nickname": "別"}})
    assert other.status_code == 422
    assert other.json()["type"] == "urn:ciam:problem:idempotency_key_reused"
    partner = await world.customer_token("partner")
    mine = await world.ask("POST", "/sessions/end-others", partner, idempotency_key=key)
    assert mine.status_code == 200, "another app's key is another key"
    clock.advance(timedelta(hours=24, seconds=1))
    token = await world.customer_token()
    late = await world.ask("PATCH", PROFILE, token, **sent)
    assert late.status_code == 412, "after a day it is a new request"


async def test_a_refused_request_leaves_its_key_free(world: ApiWorld) -> None:
    token = await world.customer_token()
    change: dict[str, Any] = {"json": {"nickname": "はな"}, "idempotency_key": "k"}
    assert (await world.ask("PATCH", PROFILE, token, **change)).status_code == 428
    assert (await world.ask("PATCH", PROFILE, token, **change, if_match="*")).status_code == 200


async def test_many_requests_with_one_key_are_carried_out_once(either_world: ApiWorld) -> None:
    world = either_world
    token = await world.service_token()
    asked = [
        world.ask("POST", "/customers", token, {"email": "once@example.jp"}, idempotency_key="one")
        for _ in range(20)
    ]
    answers = await asyncio.gather(*asked)
    made = [answer for answer in answers if answer.status_code == 201]
    assert made, [answer.text for answer in answers]
    assert len({answer.content for answer in made}) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["type"] == "urn:ciam:problem:idempotency_key_in_progress"
    async with world.app.state.parts.database.read() as transaction:
        count = await transaction.connection.scalar(select(func.count()).select_from(customer))
    assert count == 2, "hers, and one of the twenty"


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "é"])
async def test_an_odd_key_is_refused(world: ApiWorld, key: str) -> None:
    token = await world.customer_token()
    answer = await world.http.post(
        "/api/v1/sessions/end-others",
        headers={b"Authorization": f"Bearer {token}".encode(), b"Idempotency-Key": key.encode()},
    )
    assert answer.status_code == 400


async def test_a_reply_is_kept_sealed(world: ApiWorld) -> None:
    token = await world.customer_token()
    change: dict[str, Any] = {"json": {"nickname": "みつからない"}, "if_match": "*"}
    await world.ask("PATCH", PROFILE, token, **change, idempotency_key="sealed")
    path = world.app.state.parts.settings.database_url.get_secret_value().partition("///")[2]
    with open(f"/{path.lstrip('/')}", "rb") as file:  # noqa: ASYNC230, PTH123 - a test may wait
        content = file.read()
    assert "みつからない".encode() not in content
    assert json.dumps("みつからない")[1:-1].encode() not in content
