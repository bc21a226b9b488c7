"""Apps of ours with screens of their own: a script signs in, signs up and recovers by JSON."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from ciam.consent.notices import put_notice
from ciam.consent.purposes import put_purpose
from ciam.storage.tables.consent import receipt, screen
from tests.consent.documents import newsletter, privacy, terms
from tests.flows.account_people import PASSWORD, make_person
from tests.flows.mailbox import Mailbox
from tests.flows.own_apps import (
    ASKED,
    CALLBACK,
    NATIVE,
    SCRIPT,
    Script,
    faults_of,
    problem_of,
    register_apps,
    steady,
)
from tests.parts.clock import FakeClock

TARO = "taro@example.jp"
HANAKO = "hanako@example.jp"
NEW = "seven blue umbrellas in May"


@pytest.fixture
async def app(app: Starlette) -> Starlette:
    """Give the application on the test's clock, with apps of every kind."""
    await register_apps(app)
    return app


@pytest.fixture
async def script(app: Starlette) -> AsyncIterator[Script]:
    """Give a script in a browser."""
    async with Script(app) as made:
        yield made


async def test_a_script_signs_somebody_in(app: Starlette, script: Script) -> None:
    await make_person(app)
    journey = await script.begin()
    assert (journey["kind"], journey["step"]) == ("sign_in", "password")
    fields = {one["name"]: one for one in journey["fields"]}
    assert fields["identifier"]["autocomplete"] == "username"
    assert fields["password"]["autocomplete"] == "current-password"
    assert fields["identifier"]["label"] == "E-mail address"
    answer = await script.submit(journey, identifier=TARO, password=PASSWORD)
    assert answer.status_code == 200
    done = answer.json()
    assert (done["step"], done["next"], done["fields"]) == ("done", "navigate", [])
    assert done["auth_session"] is None
    cookies = answer.headers.get_list("set-cookie")
    assert all("HttpOnly" in one and "SameSite=Lax" in one for one in cookies)
    came_back = await script.go_on(done["continue_at"])
    assert set(came_back) == {"code", "state", "iss"}
    assert came_back["state"] == ASKED["state"]


async def test_who_is_signed_in_already_is_not_asked_again(app: Starlette, script: Script) -> None:
    await make_person(app)
    journey = await script.begin()
    await script.submit(journey, identifier=TARO, password=PASSWORD)
    answer = await script.send("POST", "", {"authorization": ASKED})
    assert answer.status_code == 200
    done = answer.json()
    assert (done["id"], done["step"]) == (None, "done")
    assert "code" in await script.go_on(done["continue_at"])


async def test_the_words_are_in_the_reader_s_language(app: Starlette) -> None:
    async with Script(app, language="ja") as script:
        journey = await script.begin()
        assert journey["title"] == "ログイン"
        assert [one["label"] for one in journey["fields"]] == ["メールアドレス", "パスワード"]
        answer = await script.submit(journey, identifier=TARO, password="wrong")
        assert problem_of(answer)["title"] == "メールアドレスまたはパスワードが正しくありません。"


async def test_a_script_signs_somebody_up_and_keeps_what_it_showed(
    app: Starlette, script: Script, mailbox: Mailbox
) -> None:
    async with app.state.parts.database.write() as transaction:
        await put_purpose(transaction, newsletter())
        for notice in (terms("2029-06"), privacy()):
            await put_notice(transaction, notice)
    journey = await _prove_address(script, mailbox)
    notices, [purpose] = journey["choices"]["notices"], journey["choices"]["purposes"]
    assert all(one["text"] and one["values"] == [one["version"]] for one in notices)
    assert purpose["values"] == ["give", "refuse"]
    assert purpose["text"]
    details = {"family_name": "山田", "given_name": "花子", "password": NEW}
    refused = await script.submit(journey, **details)
    assert set(faults_of(refused)) == {"#/fields/notice_terms", "#/fields/notice_privacy"}
    answers = {one["field"]: one["values"][0] for one in notices}
    answers |= {purpose["shown_field"]: purpose["shown_value"], purpose["field"]: "give"}
    done = await script.submit(journey, **details, **answers)
    assert done.json()["step"] == "done"
    assert "code" in await script.go_on(done.json()["continue_at"])
    async with app.state.parts.database.read() as transaction:
        client = await transaction.clients.find(SCRIPT)
        columns = select(receipt.c.act, receipt.c.via_client)
        receipts = list(await transaction.connection.execute(columns))
        assert sorted(row.act for row in receipts) == ["accepted", "accepted", "given"]
        assert {row.via_client for row in receipts} == {client.id}
        screens = list(await transaction.connection.execute(select(screen.c.content)))
        assert len(screens) == 1
        assert f'"shown_by":"{SCRIPT}"' in screens[0].content


async def _prove_address(script: Script, mailbox: Mailbox) -> dict[str, Any]:
    """Register as far as the details."""
    journey = await script.begin("sign_up")
    assert journey["step"] == "sign_up_address"
    journey = (await script.submit(journey, email=HANAKO)).json()
    assert (journey["step"], journey["sent_to"]) == ("code", "h•••@example.jp")
    mail = await mailbox.newest(HANAKO)
    details: dict[str, Any] = (await script.submit(journey, code=mail.code)).json()
    assert details["step"] == "details"
    return details


async def test_who_loses_the_race_for_an_address_is_asked_to_sign_in(
    app: Starlette, script: Script, mailbox: Mailbox
) -> None:
    details = {"family_name": "山田", "given_name": "花子", "password": NEW}
    async with Script(app) as other:
        first, second = [await _prove_address(one, mailbox) for one in (script, other)]
        assert (await script.submit(first, **details)).json()["step"] == "done"
        late = await other.submit(second, **details)
        assert (late.json()["kind"], late.json()["step"]) == ("sign_in", "password")
        assert not late.headers.get_list("set-cookie")
        done = (await other.submit(late.json(), identifier=HANAKO, password=NEW)).json()
        assert "code" in await other.go_on(done["continue_at"])


async def test_an_answer_about_another_version_is_refused(
    app: Starlette, script: Script, mailbox: Mailbox
) -> None:
    async with app.state.parts.database.write() as transaction:
        await put_purpose(transaction, newsletter())
        await put_notice(transaction, terms("2029-06"))
    journey = await _prove_address(script, mailbox)
    refused = await script.submit(
        journey,
        family_name="山田",
        given_name="花子",
        password=NEW,
        notice_terms="2020-01",
        purpose_newsletter="give",
    )
    assert set(faults_of(refused)) == {"#/fields/notice_terms", "#/fields/purpose_newsletter"}


async def test_a_script_recovers_a_lost_password(
    app: Starlette, script: Script, mailbox: Mailbox
) -> None:
    await make_person(app)
    first = await script.begin()
    assert {"kind": "recovery", "label": "Forgotten your password?"} in first["choices"]["journeys"]
    answer = await script.send("POST", "", {"kind": "recovery", "from": first["id"]})
    journey = (await script.submit(answer.json(), email=TARO)).json()
    journey = (await script.submit(journey, code=(await mailbox.newest(TARO)).code)).json()
    assert journey["step"] == "new_password"
    refused = await script.submit(journey, password="short")
    assert set(faults_of(refused)) == {"#/fields/password"}
    assert problem_of(refused)["journey"]["step"] == "new_password"
    done = (await script.submit(journey, password=NEW)).json()
    assert "code" in await script.go_on(done["continue_at"])


async def test_known_and_unknown_get_the_same_answers(app: Starlette, script: Script) -> None:
    await make_person(app)
    answers: list[tuple[object, ...]] = []
    for name in (TARO, HANAKO):
        wrong = await script.submit(await script.begin(), identifier=name, password="wrong")
        for kind in ("sign_up", "recovery"):
            sent = await script.submit(await script.begin(kind), email=name)
            answers.append((name, kind, sent.status_code, sorted(sent.json()), sent.json()["step"]))
        found = problem_of(wrong)
        answers.append((name, wrong.status_code, found["type"], found["title"]))
    assert [one[1:] for one in answers[:3]] == [one[1:] for one in answers[3:]]


async def test_the_same_answer_twice_gives_the_same_step_and_one_session(
    app: Starlette, script: Script
) -> None:
    await make_person(app)
    journey = await script.begin()
    first = await script.submit(journey, identifier=TARO, password=PASSWORD)
    again = await script.submit(journey, identifier=TARO, password=PASSWORD)
    assert first.json() == again.json()
    assert first.headers.get_list("set-cookie") == again.headers.get_list("set-cookie")
    other = await script.submit(journey, identifier=TARO, password="another one")
    assert other.json()["step"] == "done"
    assert not other.headers.get_list("set-cookie"), "no session without the proof"


async def test_steps_cannot_be_skipped(app: Starlette, script: Script) -> None:
    await make_person(app)
    journey = await script.begin("sign_up")
    for action, fields in (
        ("finish_sign_up", {"family_name": "山田", "given_name": "花子", "password": NEW}),
        ("resend_code", {}),
        ("set_password", {"password": NEW}),
        ("second_factor", {"code": "123456"}),
        ("enter_code", {"code": "123456"}),
        ("sign_in", {"identifier": TARO, "password": PASSWORD}),
        ("identify", {"identifier": TARO}),
    ):
        answer = await script.submit(journey, action, **fields)
        assert answer.status_code == 200, (action, answer.text)
        assert answer.json()["step"] == "sign_up_address", action
        assert not answer.headers.get_list("set-cookie")


async def test_two_tabs_take_a_step_once(script: Script, mailbox: Mailbox) -> None:
    journey = (await script.submit(await script.begin("sign_up"), email=HANAKO)).json()
    code = (await mailbox.newest(HANAKO)).code
    one = (await script.submit(journey, code=code)).json()
    two = await script.submit(journey, code=code)
    assert one["step"] == "details"
    assert steady(two.json()) == steady(one), "the code was used, and here is where the journey is"


async def test_a_journey_of_another_browser_is_not_there(app: Starlette, script: Script) -> None:
    journey = await script.begin()
    async with Script(app) as other:
        for method, body in (("GET", None), ("POST", {"action": "sign_in", "fields": {}})):
            answer = await other.send(method, f"/{journey['id']}", body)
            assert answer.status_code == 404
            assert problem_of(answer)["type"] == "urn:ciam:problem:journey_gone"
        answer = await other.send("POST", "", {"kind": "sign_up", "from": journey["id"]})
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("origin", "site", "code"),
    [
        (None, None, "origin_not_registered"),
        (None, "same-origin", "origin_not_registered"),
        ("null", "same-site", "origin_not_registered"),
        ("https://strange.example.com", "same-site", "origin_not_registered"),
        ("https://evil.example", None, "origin_not_registered"),
        ("https://shop.example.com", "cross-site", "cross_site"),
        ("http://shop.example.com", "same-site", "origin_not_registered"),
        ("https://shop.example.com.evil.example", None, "origin_not_registered"),
    ],
)
async def test_other_origins_begin_and_change_nothing(
    app: Starlette, origin: str | None, site: str | None, code: str
) -> None:
    async with Script(app, origin, site) as script:
        answer = await script.send("POST", "", {"authorization": ASKED})
        assert answer.status_code == 403
        assert problem_of(answer)["type"] == f"urn:ciam:problem:{code}"
        assert not answer.headers.get_list("set-cookie")
        if origin is not None and site != "cross-site":
            assert "access-control-allow-origin" not in answer.headers


async def test_a_page_of_another_client_cannot_go_on_with_a_journey(script: Script) -> None:
    journey = await script.begin()
    for origin, status in (
        ("https://strange.example.com", 403),
        ("https://points.example.com", 404),
        ("http://localhost:8000", 200),
    ):
        script.origin = origin
        assert (await script.send("GET", f"/{journey['id']}")).status_code == status


async def test_a_client_without_the_option_has_no_journeys_here(script: Script) -> None:
    answer = await script.send(
        "POST",
        "",
        {
            "authorization": ASKED
            | {"client_id": "strange-page", "redirect_uri": "https://strange.example.com/cb"}
        },
    )
    assert answer.status_code == 403
    answer = await script.send(
        "POST", "", {"authorization": ASKED | {"client_id": NATIVE, "redirect_uri": CALLBACK}}
    )
    assert answer.status_code == 400


async def test_cookies_go_along_to_the_journeys_alone(script: Script) -> None:
    for path, may in (("/api/v1/journeys", True), ("/api/v1/journeys/x", True),
                      ("/api/v1/journeys-x", False), ("/api/v1/profile", False),
                      ("/token", False)):  # fmt: skip
        asked = {"Origin": script.origin or "", "Access-Control-Request-Method": "POST"}
        preflight = await script.http.options(path, headers=asked)
        allowed = preflight.headers.get("access-control-allow-credentials")
        assert allowed == ("true" if may else None), path
    strange = {"Origin": "https://strange.example.com", "Access-Control-Request-Method": "POST"}
    preflight = await script.http.options("/api/v1/journeys", headers=strange)
    assert "access-control-allow-origin" not in preflight.headers
    assert "auth-session" not in preflight.headers.get("access-control-allow-headers", "").lower()


async def test_what_is_wrong_with_the_request_is_said(script: Script) -> None:
    for changes, code in (
        ({"scope": "stock openid"}, None),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"client_id": "nobody"}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ):
        answer = await script.send("POST", "", {"authorization": ASKED | changes})
        if code is None:
            continue
        assert answer.status_code == 400, changes
        assert problem_of(answer)["type"] == f"urn:ciam:problem:{code}"


async def test_unknown_fields_and_actions_are_refused(script: Script) -> None:
    journey = await script.begin()
    answer = await script.submit(
        journey, identifier=TARO, password="x", credential="y", **{"a/b": ""}
    )
    assert faults_of(answer) == {
        "#/fields/credential": "This is not asked for.",
        "#/fields/a~1b": "This is not asked for.",
    }
    assert (await script.submit(journey, "delete_everything")).status_code == 422
    path = f"/{journey['id']}"
    many = {"action": "sign_in", "fields": {f"f{n}": "" for n in range(101)}}
    bodies: list[object] = [
        {"action": "sign_in", "fields": {"identifier": 1}},
        {"action": "sign_in", "more": 1},
        many,
        [],
        "x",
    ]
    for body in bodies:
        assert (await script.send("POST", path, body)).status_code == 422
    huge = {"action": "sign_in", "fields": {"identifier": "x" * 70_000}}
    assert (await script.send("POST", path, huge)).status_code == 413
    long = {"action": "sign_in", "fields": {"identifier": "x" * 8_000, "password": "y"}}
    assert (await script.send("POST", path, long)).status_code == 422
    assert steady((await script.send("GET", path)).json()) == steady(journey)


async def test_guesses_are_limited_as_on_the_pages(app: Starlette, script: Script) -> None:
    await make_person(app)
    journey = await script.begin()
    statuses = [
        (await script.submit(journey, identifier=TARO, password=f"wrong {n}")).status_code
        for n in range(12)
    ]
    assert statuses == [422] * 10 + [429] * 2
    refused = await script.submit(journey, identifier=TARO, password=PASSWORD)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0


async def test_a_journey_ends_with_its_time(script: Script, clock: FakeClock) -> None:
    journey = await script.begin()
    clock.advance(timedelta(hours=1, seconds=1))
    assert (await script.send("GET", f"/{journey['id']}")).status_code == 404


async def test_a_new_code_is_sent_when_asked_for_and_the_answer_says_so(
    script: Script, mailbox: Mailbox, clock: FakeClock
) -> None:
    journey = (await script.submit(await script.begin("sign_up"), email=HANAKO)).json()
    assert journey["again_at"] > clock.now().isoformat()
    early = (await script.submit(journey, "resend_code")).json()
    assert (early["message"], len(await mailbox.to(HANAKO))) == (None, 1)
    clock.advance(timedelta(seconds=31))
    late = (await script.submit(journey, "resend_code")).json()
    assert late["message"].startswith("A new code is on its way.")
    assert len(await mailbox.to(HANAKO)) == 2


async def test_the_name_comes_first_where_the_policy_says_so(
    app: Starlette, script: Script
) -> None:
    await make_person(app)
    async with app.state.parts.database.write() as transaction:
        policy = {"layout": "identifier_first"}
        await transaction.policies.put("sign_in", policy, managed_by="file")
        await transaction.config.raise_generation()
    journey = await script.begin()
    assert [one["name"] for one in journey["fields"]] == ["identifier"]
    for name in (HANAKO, TARO):
        journey = (await script.submit(journey, "identify", identifier=name)).json()
        assert [one["value"] for one in journey["fields"]] == [name, None]
        assert journey["submit"]["action"] == "sign_in"
    hinted = await script.begin(login_hint=HANAKO)
    assert hinted["fields"][0]["value"] == HANAKO
    done = await script.submit(journey, identifier=TARO, password=PASSWORD)
    assert done.json()["step"] == "done"


async def test_a_closed_registration_is_said(app: Starlette, script: Script) -> None:
    async with app.state.parts.database.write() as transaction:
        await transaction.policies.put("sign_in", {"sign_up": "closed"}, managed_by="file")
        await transaction.config.raise_generation()
    answer = await script.send("POST", "", {"kind": "sign_up", "authorization": ASKED})
    assert answer.status_code == 403
    assert problem_of(answer)["type"] == "urn:ciam:problem:sign_up_closed"
    journey = await script.begin()
    assert [one["kind"] for one in journey["choices"]["journeys"]] == ["recovery"]


async def test_what_is_open_after_the_sign_in_is_asked_on_our_page(
    app: Starlette, script: Script
) -> None:
    await make_person(app)
    await script.submit(await script.begin(), identifier=TARO, password=PASSWORD)
    async with app.state.parts.database.write() as transaction:
        await put_notice(transaction, terms("2029-06"))
        await transaction.config.raise_generation()
    answer = await script.send("POST", "", {"authorization": ASKED})
    assert answer.json()["step"] == "hosted"
    assert "/consent?request=" in answer.json()["continue_at"]


async def test_a_script_goes_on_without_a_lost_second_factor(
    app: Starlette, script: Script, mailbox: Mailbox, clock: FakeClock
) -> None:
    person = await make_person(app)
    async with app.state.parts.database.write() as transaction:
        await transaction.authenticators.add(person.id, "totp", secret=b"JBSWY3DPEHPK3PXP")

    async def first() -> tuple[dict[str, Any], dict[str, Any]]:
        journey = await script.begin()
        answer = await script.submit(journey, identifier=TARO, password=PASSWORD)
        assert answer.json()["step"] == "second_factor"
        [lost] = answer.json()["choices"]["lost_second_factor"]
        return answer.json(), lost

    async def prove(journey: dict[str, Any], lost: dict[str, Any]) -> dict[str, Any]:
        sent = (await script.submit(journey, lost["send_action"])).json()
        assert sent["choices"]["lost_second_factor"][0]["is_sent"]
        refused = await script.submit(sent, lost["action"], code="000000")
        assert set(faults_of(refused)) == {"#/fields/code"}
        code = (await mailbox.newest(TARO)).code
        answer: dict[str, Any] = (await script.submit(sent, lost["action"], code=code)).json()
        return answer

    journey, lost = await first()
    assert (lost["stage"], lost["sent_to"]) == ("asked", "t•••@example.jp")
    answer = await prove(journey, lost)
    assert answer["step"] == "second_factor"
    assert "Nothing has changed yet" in answer["message"]
    journey, lost = await first()
    assert (lost["stage"], lost["action"]) == ("waits", None)
    clock.advance(timedelta(hours=72))
    journey, lost = await first()
    assert lost["stage"] == "ready"
    answer = await prove(journey, lost)
    assert answer["step"] == "done"
    assert "code" in await script.go_on(answer["continue_at"])
