"""Attributes that an operator added, by the API: values of their type, rights, clear refusals."""

from typing import Any

import pytest

from tests.api.world import ApiWorld
from tests.factories.attributes import INTERESTS, define

WORDS = {"en": "A thing"}


async def _attributes(world: ApiWorld) -> None:
    database = world.app.state.parts.database
    await define(database, "points", type="number", labels=WORDS, minimum=0, services="write",
                 customer="read")  # fmt: skip
    await define(database, "interests", type="choices", choices=INTERESTS, labels=WORDS,
                 services="write")  # fmt: skip
    await define(database, "is_member", type="yes_no", labels=WORDS, services="read")
    await define(database, "score", type="number", labels=WORDS, services="none", customer="none")


async def _patch(world: ApiWorld, token: str, path: str, values: Any) -> Any:  # noqa: ANN401 - an answer
    etag = (await world.ask("GET", path, token)).headers["etag"]
    return await world.ask("PATCH", path, token, values, if_match=etag)


async def test_a_service_writes_and_reads_values_of_their_type(world: ApiWorld) -> None:
    await _attributes(world)
    token, path = await world.service_token(), f"/customers/{world.customer.customer_id}"
    changed = await _patch(world, token, path, {"points": 12, "interests": ["books", "music"]})
    assert changed.status_code == 200, changed.text
    claims = changed.json()["claims"]
    assert (claims["points"], claims["interests"]) == (12, ["music", "books"])
    ended = await _patch(world, token, path, {"points": None, "interests": []})
    assert {"points", "interests"}.isdisjoint(ended.json()["claims"])
    made = await world.ask("POST", "/customers", token, {"claims": {"points": 3}})
    assert made.json()["claims"]["points"] == 3


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"points": -1}, "Enter 0 or more."),
        ({"points": "many"}, "Enter a whole number, in digits."),
        ({"points": True}, "Enter a whole number, in digits."),
        ({"points": ["1"]}, "Enter a whole number, in digits."),
        ({"interests": ["chess"]}, "Choose from the list."),
        ({"interests": 5}, "Choose from the list."),
        ({"is_member": True}, "This cannot be changed here."),
        ({"score": 5}, "This is not known here."),
        ({"nothing": "x"}, "This is not known here."),
        ({"points#ja": 1}, "This is not known here."),
    ],
)
async def test_what_does_not_fit_is_said_at_its_claim(
    world: ApiWorld, values: dict[str, Any], said: str
) -> None:
    await _attributes(world)
    token, path = await world.service_token(), f"/customers/{world.customer.customer_id}"
    refused = await _patch(world, token, path, values)
    assert refused.status_code == 422, refused.text
    assert [one["detail"] for one in refused.json()["errors"]] == [said]
    fresh = await world.ask("POST", "/customers", token, {"claims": values})
    assert fresh.status_code == 422


@pytest.mark.parametrize("value", [1.5, {"a": 1}, [[1]], [1], 2**70, "x" * 3000, [None]])
async def test_whatever_json_is_sent_is_never_an_error_of_ours(
    world: ApiWorld, value: object
) -> None:
    await _attributes(world)
    token, path = await world.service_token(), f"/customers/{world.customer.customer_id}"
    for claim in ("points", "interests", "is_member"):
        refused = await _patch(world, token, path, {claim: value})
        assert refused.status_code in {400, 422}, refused.text


async def test_an_app_writes_for_the_customer_what_the_customer_may(world: ApiWorld) -> None:
    await _attributes(world)
    token = await world.customer_token()
    refused = await _patch(world, token, "/profile", {"points": 1000})
    assert refused.status_code == 422
    assert [one["detail"] for one in refused.json()["errors"]] == ["This cannot be changed here."]
    hidden = await _patch(world, token, "/profile", {"score": 1})
    assert [one["detail"] for one in hidden.json()["errors"]] == ["This is not known here."]
    changed = await _patch(world, token, "/profile", {"interests": ["sports"]})
    assert changed.json()["interests"] == ["sports"], "our own app"
    partner = await world.customer_token("partner")
    assert "interests" not in (await world.ask("GET", "/profile", partner)).json()
