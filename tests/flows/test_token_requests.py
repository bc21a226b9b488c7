"""What POST /token reads: form-encoded, each parameter once, nothing else (RFC 6749 §3.2)."""

import httpx
import pytest

from tests.factories.token_world import TokenWorld, basic

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": basic("batch")}


async def post(world: TokenWorld, body: bytes | str, **headers: str) -> httpx.Response:
    return await world.http.post("/token", content=body, headers=FORM | headers)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "grant_type=",
        "scope=orders",
        "grant_type=client_credentials&grant_type=client_credentials",
        "grant_type=client_credentials&scope=orders&scope=stock",
        "grant_type=client_credentials&scope=%00",
        "grant_type=client_credentials&scope=%ff",
        "grant_type=client_credentials&scope=" + "a" * 5000,
        "&".join(f"p{number}=1" for number in range(60)),
        b"grant_type=client_credentials&scope=\xe3\x81\x82",
        "grant_type=client_credentials&x=" + "a" * 70_000,
    ],
    ids=lambda body: str(body)[:40],
)
async def test_what_cannot_be_read_in_one_way_is_refused(
    world: TokenWorld, body: bytes | str
) -> None:
    answer = await post(world, body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.headers["cache-control"] == "no-store"


async def test_unknown_parameters_and_empty_ones_are_ignored(world: TokenWorld) -> None:
    body = "grant_type=client_credentials&scope=&unknown=1&resource="
    assert (await post(world, body)).status_code == 200


@pytest.mark.parametrize(
    "content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain"]
)
async def test_another_content_type_is_refused(world: TokenWorld, content_type: str) -> None:
    answer = await post(world, "grant_type=client_credentials", **{"Content-Type": content_type})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_charset_beside_the_content_type_is_no_harm(world: TokenWorld) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    assert (await post(world, "grant_type=client_credentials", **headers)).status_code == 200


async def test_parameters_in_the_query_are_not_read(world: TokenWorld) -> None:
    answer = await world.http.post("/token?grant_type=client_credentials", headers=FORM)
    assert answer.json()["error"] == "invalid_request"


async def test_get_is_not_allowed(world: TokenWorld) -> None:
    assert (await world.http.get("/token")).status_code == 405


async def test_an_unknown_grant_is_told_to_a_client_that_proved_itself(world: TokenWorld) -> None:
    answer = await world.post("/token", "batch", {"grant_type": "password"})
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
    stranger = await world.post("/token", None, {"grant_type": "password"})
    assert stranger.json()["error"] == "invalid_client"


@pytest.mark.parametrize("missing", ["code", "refresh_token"])
async def test_a_grant_without_its_parameter_is_refused(world: TokenWorld, missing: str) -> None:
    grant_type = {"code": "authorization_code", "refresh_token": "refresh_token"}[missing]
    answer = await world.post("/token", "shop", {"grant_type": grant_type})
    assert answer.json() == {
        "error": "invalid_request",
        "error_description": f"{missing} is missing",
    }
