"""The customer's own token: profile, consents, sessions."""

from typing import Any

from ciam.audit.trail import pseudonym_of
from tests.api.world import ApiWorld


async def _items(world: ApiWorld, path: str, token: str) -> list[dict[str, Any]]:
    answer = await world.ask("GET", path, token)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_the_profile_holds_what_may_leave_and_the_ledger_says_so(world: ApiWorld) -> None:
    token = await world.customer_token(scopes="profile account:profile")
    document = (await world.ask("GET", "/profile", token)).json()
    assert document["sub"] == "sub-at-shop"
    assert document["given_name"] == "花子"
    assert "email" not in document
    async with world.app.state.parts.database.read() as transaction:
        rows = await transaction.disclosures.list_for(world.customer.id)
    assert [row.channel for row in rows] == ["api"]
    assert "given_name" in rows[0].items


async def test_a_purpose_without_consent_keeps_the_address_back(world: ApiWorld) -> None:
    """`sharing` governs the e-mail address for the partner."""
    token = await world.customer_token("partner")
    document = (await world.ask("GET", "/profile", token)).json()
    assert "given_name" in document
    assert "email" not in document


async def test_what_was_changed_meanwhile_is_not_overwritten(world: ApiWorld) -> None:
    token = await world.customer_token()
    read = await world.ask("GET", "/profile", token)
    etag = read.headers["etag"]
    unchanged = await world.ask("GET", "/profile", token, if_none_match=etag)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    name = {"family_name#ja-Kana-JP": "ヤマダ", "given_name": "花"}
    changed = await world.ask("PATCH", "/profile", token, name, if_match=etag)
    assert changed.status_code == 200
    assert changed.json()["family_name#ja-Kana-JP"] == "ヤマダ"
    again = await world.ask("PATCH", "/profile", token, {"given_name": None}, if_match=etag)
    assert again.status_code == 412
    now = await world.ask(
        "PATCH", "/profile", token, {"given_name": None}, if_match=changed.headers["etag"]
    )
    assert "given_name" not in now.json()
    async with world.app.state.parts.database.read() as transaction:
        pseudonym = await pseudonym_of(transaction, world.customer.id)
        events = await transaction.audit_events.list_for_customer(pseudonym)
    assert [event.actor for event in events if event.kind == "profile.changed"] == ["shop"] * 2


async def test_each_value_that_does_not_fit_is_named(world: ApiWorld) -> None:
    token = await world.customer_token()
    wrong = {"birthdate": "yesterday", "made_up": "x"}
    answer = await world.ask("PATCH", "/profile", token, wrong, if_match="*")
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {"#/birthdate", "#/made_up"}


async def test_agreeing_and_taking_back_leave_receipts(world: ApiWorld) -> None:
    token = await world.customer_token()
    before = {item["purpose"]: item for item in await _items(world, "/consents", token)}
    assert before["newsletter"]["state"] == "undecided"
    give = {"decision": "give", "version": before["newsletter"]["version"]}
    old = await world.ask("PUT", "/consents/newsletter", token, give | {"version": 99})
    assert old.status_code == 409
    given = await world.ask("PUT", "/consents/newsletter", token, give)
    assert given.json()["state"] == "given"
    withdrawn = await world.ask("PUT", "/consents/newsletter", token, {"decision": "withdraw"})
    assert withdrawn.json()["state"] == "withdrawn"
    token = await world.customer_token()
    first = (await world.ask("GET", "/consents/receipts?limit=1", token)).json()
    second = await world.ask("GET", f"/consents/receipts?limit=1&cursor={first['next']}", token)
    assert [page["items"][0]["decision"] for page in (first, second.json())] == [
        "withdrawn",
        "given",
    ]
    assert second.json()["next"] is None
    receipt = (
        await world.ask("GET", f"/consents/receipts/{given.json()['receipt']}", token)
    ).json()
    assert receipt["jws"].count(".") == 2


async def test_a_cursor_counts_for_its_own_caller_only(world: ApiWorld) -> None:
    token = await world.customer_token()
    for decision in ({"decision": "give", "version": 1}, {"decision": "withdraw"}):
        await world.ask("PUT", "/consents/newsletter", token, decision)
        token = await world.customer_token()
    cursor = (await world.ask("GET", "/consents/receipts?limit=1", token)).json()["next"]
    partner = await world.customer_token("partner")
    for path in (f"?cursor={cursor}", "?cursor=made-up", "?cursor=%00", f"?cursor={'A' * 80}"):
        answer = await world.ask("GET", f"/consents/receipts{path}", partner)
        assert answer.status_code == 400, path


async def test_another_company_may_take_back_but_not_ask(world: ApiWorld) -> None:
    token = await world.customer_token("partner")
    seen = {item["purpose"] for item in await _items(world, "/consents", token)}
    assert seen == {"partner-offers"}
    agree = {"decision": "give", "version": 1}
    answer = await world.ask("PUT", "/consents/partner-offers", token, agree)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:ciam:problem:consent_needs_our_page"
    other = await world.ask("PUT", "/consents/newsletter", token, {"decision": "withdraw"})
    assert other.status_code == 404
    refused = await world.ask("PUT", "/consents/partner-offers", token, {"decision": "withdraw"})
    assert refused.json()["state"] == "refused"


async def test_a_session_is_ended_and_its_tokens_with_it(world: ApiWorld) -> None:
    token = await world.customer_token()
    (session,) = await _items(world, "/sessions", token)
    assert session["current"] is True
    others = await world.ask("POST", "/sessions/end-others", token)
    assert others.json() == {"ended": 0}
    ended = await world.ask("DELETE", f"/sessions/{session['id']}", token)
    assert (ended.status_code, ended.content) == (204, b"")
    assert (await world.ask("GET", "/sessions", token)).status_code == 401
