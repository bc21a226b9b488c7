"""OAuth 2.0 for First-Party Applications: a native app of ours gets a code without a browser."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from urllib.parse import urlsplit

import pyotp
import pytest
from starlette.applications import Starlette

from ciam.consent.notices import put_notice
from ciam.customers.second_factors import enrol_totp
from tests.consent.documents import terms
from tests.factories.read_jwt import read_jwt
from tests.flows.account_people import PASSWORD, make_person
from tests.flows.mailbox import Mailbox
from tests.flows.own_apps import (
    NATIVE,
    OTHER,
    NativeApp,
    Script,
    faults_of,
    problem_of,
    register_apps,
)
from tests.flows.phone_world import NUMBER, WRITTEN, PhoneWorld
from tests.flows.shop import register
from tests.oauth.authorization.apps import SECRET
from tests.parts.clock import FakeClock

TARO = "taro@example.jp"
HANAKO = "hanako@example.jp"
NEW = "seven blue umbrellas in May"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
async def app(app: Starlette) -> Starlette:
    """Give the application on the test's clock, with apps of every kind."""
    await register_apps(app)
    return app


@pytest.fixture
async def native(app: Starlette) -> AsyncIterator[NativeApp]:
    """Give a native app."""
    async with NativeApp(app) as made:
        yield made


async def _person_with_totp(app: Starlette, clock: FakeClock) -> None:
    customer = await make_person(app)
    async with app.state.parts.database.write() as transaction:
        code = pyotp.TOTP(SEED).at(clock.now())
        await enrol_totp(transaction, customer.id, SEED, code, keep_session=None)
    clock.advance(timedelta(seconds=31))


async def test_a_password_gives_a_code_and_the_code_tokens(
    app: Starlette, native: NativeApp
) -> None:
    await make_person(app)
    journey = await native.begin()
    assert (journey["step"], journey["page"], journey["next"]) == ("password", None, None)
    done = (await native.submit(journey, identifier=TARO, password=PASSWORD)).json()
    assert (done["step"], done["next"]) == ("done", "authorization_challenge")
    assert urlsplit(done["continue_at"]).path == "/authorize-challenge"
    tokens = await native.finish()
    assert {"access_token", "id_token", "refresh_token"} <= set(tokens)
    _, claims = await read_jwt(app.state.parts.database, tokens["id_token"])
    assert (claims["aud"], claims["amr"]) == (NATIVE, ["pwd"])


async def test_a_password_and_an_authenticator_app(
    app: Starlette, native: NativeApp, clock: FakeClock
) -> None:
    await _person_with_totp(app, clock)
    journey = (await native.submit(await native.begin(), identifier=TARO, password=PASSWORD)).json()
    assert journey["step"] == "second_factor"
    assert [one["key"] for one in journey["choices"]["ways"]] == ["totp", "recovery_code"]
    still = await native.challenge()
    assert still.status_code == 403, "one factor is not two"
    assert still.json()["journey"]["id"] == journey["id"], "and the journey goes on where it is"
    wrong = await native.submit(journey, way="totp", code="000000")
    assert wrong.status_code == 422
    code = pyotp.TOTP(SEED).at(clock.now())
    done = (await native.submit(journey, way="totp", code=code)).json()
    assert done["step"] == "done"
    tokens = await native.finish()
    _, claims = await read_jwt(app.state.parts.database, tokens["id_token"])
    assert claims["acr"] == "urn:ciam:acr:2"
    assert set(claims["amr"]) == {"pwd", "otp", "mfa"}


async def test_a_device_is_trusted_when_the_person_says_so(
    app: Starlette, native: NativeApp, clock: FakeClock
) -> None:
    await _person_with_totp(app, clock)
    journey = (await native.submit(await native.begin(), identifier=TARO, password=PASSWORD)).json()
    wish = journey["fields"][-1]
    assert (wish["name"], wish["type"], wish["required"]) == ("trust_device", "checkbox", False)
    code = pyotp.TOTP(SEED).at(clock.now())
    await native.submit(journey, way="totp", code=code, trust_device=wish["value"])
    await native.finish()
    journey = await native.begin(prompt="login")
    done = (await native.submit(journey, identifier=TARO, password=PASSWORD)).json()
    assert done["step"] == "done", "the auth_session holds the trust"
    async with NativeApp(app) as other:
        begun = await other.begin()
        asked = (await other.submit(begun, identifier=TARO, password=PASSWORD)).json()
        assert asked["step"] == "second_factor", "no other app does"


async def test_a_registration_with_a_code_by_mail(
    app: Starlette, native: NativeApp, mailbox: Mailbox
) -> None:
    async with app.state.parts.database.write() as transaction:
        await put_notice(transaction, terms("2029-06"))
        await transaction.config.raise_generation()
    journey = await native.begin(prompt="create")
    assert (journey["kind"], journey["step"]) == ("sign_up", "sign_up_address")
    journey = (await native.submit(journey, email=HANAKO)).json()
    journey = (await native.submit(journey, code=(await mailbox.newest(HANAKO)).code)).json()
    assert journey["step"] == "details"
    assert "providers" not in journey["choices"]
    done = await native.submit(
        journey, family_name="山田", given_name="花子", password=NEW, notice_terms="2029-06"
    )
    assert done.json()["step"] == "done"
    tokens = await native.finish(prompt="create")
    _, claims = await read_jwt(app.state.parts.database, tokens["id_token"])
    assert claims["amr"] == ["otp"]


async def test_a_registration_with_a_number_and_a_user_name(
    app: Starlette, native: NativeApp
) -> None:
    world = PhoneWorld.of(app)
    await world.put("names", phone="sign_up", username="optional")
    journey = await native.begin(prompt="create")
    assert [one["name"] for one in journey["fields"]] == ["email"]
    [other] = journey["choices"]["contacts"]
    assert (other["name"], other["autocomplete"]) == ("phone", "tel")
    refused = await native.submit(journey, phone="not a number")
    assert set(faults_of(refused)) == {"#/fields/phone"}
    journey = (await native.submit(journey, phone=WRITTEN)).json()
    assert journey["sent_to"].endswith("78")
    code = (await world.texts.newest(NUMBER)).code
    journey = (await native.submit(journey, code=code)).json()
    assert "username" in [one["name"] for one in journey["fields"]]
    details = {"family_name": "山田", "given_name": "花子", "password": NEW}
    done = (await native.submit(journey, username="hanako.y", **details)).json()
    assert done["step"] == "done"
    assert "access_token" in await native.finish(prompt="create")
    async with NativeApp(app) as other_app:
        begun = await other_app.begin()
        assert begun["fields"][0]["label"] == "E-mail address, phone number or user name"
        done = (await other_app.submit(begun, identifier="hanako.y", password=NEW)).json()
        assert done["step"] == "done"


async def test_an_app_that_is_not_known_calculates_while_sign_ins_are_tried(
    app: Starlette, native: NativeApp
) -> None:
    await make_person(app)
    async with app.state.parts.database.write() as transaction:
        policy = {"proof_of_work": "always", "work": 1000}
        await transaction.policies.put("challenges", policy, managed_by="file")
        await transaction.config.raise_generation()
    journey = await native.begin()
    asked = await native.submit(journey, identifier=TARO, password=PASSWORD)
    assert problem_of(asked)["type"] == "urn:ciam:problem:work_asked"
    found = journey["work"]["challenge"]
    number = next(
        one
        for one in range(found["maxnumber"] + 1)
        if sha256(f"{found['salt']}{one}".encode()).hexdigest() == found["challenge"]
    )
    solved = base64.b64encode(json.dumps(found | {"number": number}).encode()).decode()
    done = await native.submit(journey, identifier=TARO, password=PASSWORD, work=solved)
    assert done.json()["step"] == "done"
    journey = await native.begin(prompt="login")
    known = await native.submit(journey, identifier=TARO, password=PASSWORD)
    assert known.json()["step"] == "done", "a known device does not calculate"


async def test_a_recovery(app: Starlette, native: NativeApp, mailbox: Mailbox) -> None:
    await make_person(app)
    journey = await native.go_over(await native.begin(), "recovery")
    journey = (await native.submit(journey, email=TARO)).json()
    journey = (await native.submit(journey, code=(await mailbox.newest(TARO)).code)).json()
    done = (await native.submit(journey, password=NEW)).json()
    assert done["step"] == "done"
    assert "access_token" in await native.finish()


async def test_who_is_signed_in_gets_the_next_code_at_once_until_more_is_asked(
    app: Starlette, native: NativeApp, clock: FakeClock
) -> None:
    await make_person(app)
    await native.submit(await native.begin(), identifier=TARO, password=PASSWORD)
    await native.finish()
    assert "access_token" in await native.finish(), "the auth_session is kept beyond the code"
    clock.advance(timedelta(minutes=10))
    journey = await native.begin(max_age="60")
    done = await native.submit(journey, identifier=TARO, password=PASSWORD)
    assert done.json()["step"] == "done"
    assert "access_token" in await native.finish(max_age="60")
    assert len(await _sessions(app)) == 1, "the session went on under its new secret"


async def test_a_known_device_is_remembered_in_the_auth_session(
    app: Starlette, native: NativeApp, mailbox: Mailbox
) -> None:
    await make_person(app)
    for _ in range(2):
        journey = await native.begin(prompt="login")
        await native.submit(journey, identifier=TARO, password=PASSWORD)
        await native.finish(prompt="login")
    assert await mailbox.to(TARO) == [], "no new device"
    async with NativeApp(app) as other:
        await other.submit(await other.begin(), identifier=TARO, password=PASSWORD)
    assert len(await mailbox.to(TARO)) == 1


async def test_a_lost_reply_is_given_again_to_who_sends_the_same_answer(
    app: Starlette, native: NativeApp
) -> None:
    await make_person(app)
    journey = await native.begin()
    before = native.auth_session
    await native.submit(journey, identifier=TARO, password=PASSWORD)
    native.auth_session = before
    again = await native.challenge()
    assert again.status_code == 403, "without the proof the old auth_session opens nothing"
    native.auth_session = before
    done = await native.submit(journey, identifier=TARO, password=PASSWORD)
    assert done.json()["step"] == "done"
    assert "access_token" in await native.finish()
    assert len(await _sessions(app)) == 1


async def test_a_code_is_used_once_and_only_with_its_verifier_and_client(
    app: Starlette, native: NativeApp
) -> None:
    await make_person(app)
    await native.submit(await native.begin(), identifier=TARO, password=PASSWORD)
    code = (await native.challenge()).json()["authorization_code"]
    good = native.redemption(code)
    for changes in (
        {"code_verifier": "x" * 43},
        {"client_id": OTHER},
        {"redirect_uri": "com.example.shop:/callback"},
    ):
        refused = await native.http.post("/token", data=good | changes)
        assert refused.json()["error"] == "invalid_grant", changes
    assert (await native.http.post("/token", data=good)).status_code == 200
    assert (await native.http.post("/token", data=good)).json()["error"] == "invalid_grant"


async def test_two_requests_at_once_get_one_code(app: Starlette, native: NativeApp) -> None:
    await make_person(app)
    await native.submit(await native.begin(), identifier=TARO, password=PASSWORD)
    kept = dict.fromkeys(("scope", "code_challenge", "code_challenge_method"))
    kept |= {"auth_session": native.auth_session}
    answers = await asyncio.gather(*(native.challenge(**kept) for _ in range(4)))
    found = sorted(one.json().get("error", "a code") for one in answers)
    assert found == ["a code", *["invalid_session"] * 3]


async def test_one_answer_sent_many_times_at_once_begins_one_session(
    app: Starlette, native: NativeApp
) -> None:
    await make_person(app)
    journey = await native.begin()
    answers = await asyncio.gather(
        *(native.submit(journey, identifier=TARO, password=PASSWORD) for _ in range(4))
    )
    assert [one.json()["step"] for one in answers] == ["done"] * 4
    assert len(await _sessions(app)) == 1


async def test_a_closed_registration_is_access_denied(app: Starlette, native: NativeApp) -> None:
    async with app.state.parts.database.write() as transaction:
        await transaction.policies.put("sign_in", {"sign_up": "closed"}, managed_by="file")
        await transaction.config.raise_generation()
    answer = await native.challenge(prompt="create")
    assert (answer.status_code, answer.json()["error"]) == (400, "access_denied")


async def test_a_code_by_mail_signs_somebody_in_where_that_is_allowed(
    app: Starlette, native: NativeApp, mailbox: Mailbox
) -> None:
    await make_person(app)
    await _allow(app, email_code="both")
    journey = await native.begin()
    assert "ask_for_code" in [one["action"] for one in journey["actions"]]
    journey = (await native.submit(journey, "ask_for_code", identifier=TARO)).json()
    assert (journey["step"], journey["sent_to"]) == ("code", "t•••@example.jp")
    code = (await mailbox.newest(TARO)).code
    done = (await native.submit(journey, code=code)).json()
    assert done["step"] == "done"
    again = (await native.submit(journey, "enter_code", code=code)).json()
    assert again["step"] == "done"
    _, claims = await read_jwt(app.state.parts.database, (await native.finish())["id_token"])
    assert claims["amr"] == ["otp"]
    assert len(await _sessions(app)) == 1


async def test_a_higher_level_asks_for_a_second_factor_alone_and_sends_it_by_mail(
    app: Starlette, native: NativeApp, mailbox: Mailbox
) -> None:
    await make_person(app)
    await _allow(app, email_code="second")
    await native.submit(await native.begin(), identifier=TARO, password=PASSWORD)
    await native.finish()
    journey = await native.begin(acr_values="urn:ciam:acr:2")
    assert (journey["step"], journey["submit"]["action"]) == (
        "second_factor",
        "send_second_factor",
    )
    assert journey["sent_to"] == "t•••@example.jp"
    [way] = journey["choices"]["ways"]
    assert (way["key"], way["action"]) == ("email_code", "send_second_factor")
    journey = (await native.submit(journey, way="email_code")).json()
    assert journey["submit"]["action"] == "second_factor"
    code = (await mailbox.newest(TARO)).code
    done = (await native.submit(journey, way="email_code", code=code)).json()
    assert done["step"] == "done"
    tokens = await native.finish(acr_values="urn:ciam:acr:2")
    _, claims = await read_jwt(app.state.parts.database, tokens["id_token"])
    assert (claims["acr"], set(claims["amr"])) == ("urn:ciam:acr:2", {"pwd", "otp", "mfa"})
    assert len(await _sessions(app)) == 1, "the same session, at a higher level"


async def test_a_second_factor_that_cannot_be_set_up_here_is_explained_on_the_web(
    app: Starlette, native: NativeApp, mailbox: Mailbox
) -> None:
    await make_person(app)
    await _allow(app, second_factor="required", email_code="both", totp="off", passkey="first")
    journey = await native.submit(await native.begin(), "ask_for_code", identifier=TARO)
    answer = await native.submit(journey.json(), code=(await mailbox.newest(TARO)).code)
    assert (answer.json()["step"], answer.json()["next"]) == ("hosted", "redirect_to_web")
    assert (await native.challenge()).json()["error"] == "redirect_to_web"


async def test_only_our_own_native_apps_may_ask(native: NativeApp) -> None:
    for client_id in ("strange-app", "strange-page", "shop-page"):
        answer = await native.challenge(client_id=client_id)
        assert answer.status_code == 400
        assert answer.json()["error"] == "unauthorized_client", client_id
    answer = await native.challenge(client_id="nobody")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_client_with_a_secret_has_to_prove_itself_here_too(app: Starlette) -> None:
    await register(
        app,
        "kiosk",
        redirect_uris=["com.example.kiosk:/cb"],
        application_type="native",
        first_party=True,
        own_interface=True,
    )
    async with NativeApp(app, "kiosk") as kiosk:
        assert (await kiosk.challenge()).json()["error"] == "invalid_client"
        basic = base64.b64encode(f"kiosk:{SECRET}".encode()).decode()
        kiosk.http.headers["Authorization"] = f"Basic {basic}"
        assert (await kiosk.challenge()).json()["error"] == "insufficient_authorization"
        del kiosk.http.headers["Authorization"]
        refused = await kiosk.challenge(client_id=None)
        assert refused.json()["error"] == "invalid_client", "an auth_session is no secret of it"


async def test_the_client_may_be_named_by_its_auth_session_alone(
    app: Starlette, native: NativeApp
) -> None:
    await make_person(app)
    await native.submit(await native.begin(), identifier=TARO, password=PASSWORD)
    only = {"scope": None, "code_challenge": None, "code_challenge_method": None}
    answer = await native.challenge(client_id=None, **only)
    assert "authorization_code" in answer.json()
    again = await native.challenge(client_id=None, **only)
    assert again.status_code == 400, "that request is answered; a new one needs its parameters"


@pytest.mark.parametrize(
    "sent", ["", "x", "ciam_as_", "ciam_as_AAAA", "ciam_as_" + "A" * 600, "ciam_as_" + "é" * 20]
)
async def test_an_auth_session_of_nobody_is_refused(native: NativeApp, sent: str) -> None:
    answer = await native.challenge(auth_session=sent)
    if sent:
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_session")
    else:
        assert answer.json()["error"] == "insufficient_authorization", "empty is absent"
    if not sent.isascii():
        return
    native.auth_session = sent
    refused = await native.send("GET", "/anything")
    assert refused.status_code == 400
    assert problem_of(refused)["type"] == "urn:ciam:problem:invalid_session"


async def test_an_auth_session_is_bound_to_its_client(app: Starlette, native: NativeApp) -> None:
    await make_person(app)
    journey = await native.begin()
    stolen = native.auth_session
    async with NativeApp(app, OTHER) as other:
        assert (await other.challenge(auth_session=stolen)).json()["error"] == "invalid_session"
        await other.begin()
        for method, body in (("GET", None), ("POST", {"action": "sign_in", "fields": {}})):
            assert (await other.send(method, f"/{journey['id']}", body)).status_code == 404


async def test_an_auth_session_grows_old(native: NativeApp, clock: FakeClock) -> None:
    await native.begin()
    clock.advance(timedelta(hours=24, seconds=1))
    assert (await native.challenge()).json()["error"] == "invalid_session"


async def test_a_changed_auth_session_opens_nothing(native: NativeApp) -> None:
    await native.begin()
    sent = native.auth_session or ""
    for place in (9, 20, 60, len(sent) // 2, len(sent) - 2):
        other = "A" if sent[place] != "A" else "B"
        changed = sent[:place] + other + sent[place + 1 :]
        answer = await native.challenge(auth_session=changed)
        assert answer.json()["error"] == "invalid_session", place


async def test_a_script_has_no_use_for_an_auth_session(app: Starlette, native: NativeApp) -> None:
    journey = await native.begin()
    async with Script(app) as script:
        assert (await script.send("GET", f"/{journey['id']}")).status_code == 404
        preflight = await script.http.options(
            "/authorize-challenge",
            headers={"Origin": script.origin or "", "Access-Control-Request-Method": "POST"},
        )
        assert "access-control-allow-origin" not in preflight.headers


async def test_what_needs_a_page_is_redirected_to_the_web(
    app: Starlette, native: NativeApp
) -> None:
    await make_person(app)
    journey = await native.begin()
    refused = await native.submit(journey, "go_to_provider", provider="line")
    assert refused.status_code == 403
    assert problem_of(refused)["type"] == "urn:ciam:problem:redirect_to_web"
    await native.submit(journey, identifier=TARO, password=PASSWORD)
    async with app.state.parts.database.write() as transaction:
        await put_notice(transaction, terms("2029-06"))
        await transaction.config.raise_generation()
    answer = await native.challenge()
    assert (answer.status_code, answer.json()["error"]) == (403, "redirect_to_web")
    assert "request_uri" not in answer.json(), "that needs pushed authorization requests"


async def test_wrong_requests_are_answered_directly(native: NativeApp) -> None:
    for changes, error in (
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "customers:read"}, "invalid_scope"),
        ({"redirect_uri": "com.example.shop:/callback"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"request_uri": "urn:example:1"}, "request_uri_not_supported"),
    ):
        answer = await native.challenge(**changes)
        assert answer.status_code == 400, (changes, answer.text)
        assert answer.json()["error"] == error, changes
        assert answer.headers["cache-control"] == "no-store"
    for method in ("GET", "PUT"):
        assert (await native.http.request(method, "/authorize-challenge")).status_code == 405
    doubled = "client_id=shop-app&client_id=shop-app"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await native.http.post("/authorize-challenge", content=doubled, headers=form)
    assert answer.json()["error"] == "invalid_request"
    answer = await native.http.post("/authorize-challenge", json={})
    assert answer.json()["error"] == "invalid_request"


async def test_another_request_begins_another_journey(native: NativeApp) -> None:
    first = await native.begin()
    same = await native.begin()
    assert same["id"] == first["id"]
    other = await native.begin(scope="openid")
    assert other["id"] != first["id"]


async def test_a_disabled_client_has_no_more_journeys(app: Starlette, native: NativeApp) -> None:
    await make_person(app)
    journey = await native.begin()
    async with app.state.parts.database.write() as transaction:
        await transaction.clients.disable(NATIVE)
        await transaction.config.raise_generation()
    answer = await native.submit(journey, identifier=TARO, password=PASSWORD)
    assert answer.status_code == 404
    assert (await native.challenge()).json()["error"] == "invalid_client"


async def test_a_changed_password_ends_the_app_s_session(
    app: Starlette, native: NativeApp, mailbox: Mailbox
) -> None:
    await make_person(app)
    await native.submit(await native.begin(), identifier=TARO, password=PASSWORD)
    await native.finish()
    async with NativeApp(app) as elsewhere:
        journey = await elsewhere.go_over(await elsewhere.begin(), "recovery")
        journey = (await elsewhere.submit(journey, email=TARO)).json()
        code = (await mailbox.newest(TARO)).code
        journey = (await elsewhere.submit(journey, code=code)).json()
        await elsewhere.submit(journey, password=NEW)
    assert (await native.challenge()).json()["error"] == "insufficient_authorization"


async def test_the_endpoint_is_announced(native: NativeApp) -> None:
    found = (await native.http.get("/.well-known/oauth-authorization-server")).json()
    where = found["authorization_challenge_endpoint"]
    assert where == f"{found['issuer']}/authorize-challenge"


async def _allow(app: Starlette, **methods: str) -> None:
    async with app.state.parts.database.write() as transaction:
        await transaction.policies.put("methods", methods, managed_by="file")
        await transaction.config.raise_generation()


async def _sessions(app: Starlette) -> list[object]:
    async with app.state.parts.database.read() as transaction:
        found = await transaction.identifiers.find_login(TARO)
        return list(await transaction.sessions.list_for(found.customer))
