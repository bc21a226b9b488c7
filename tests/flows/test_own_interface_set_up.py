"""Setting a required second factor up on a screen of an app of ours."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from starlette.applications import Starlette

from ciam.app import create_app
from ciam.settings import Settings
from ciam.storage.stores.authenticators import TOTP
from tests.factories.read_jwt import read_jwt
from tests.factories.software_authenticator import SoftwareAuthenticator
from tests.flows.account_people import PASSWORD, make_person
from tests.flows.own_apps import ORIGIN, NativeApp, Script, faults_of, problem_of, register_apps
from tests.parts.clock import FakeClock

TARO = "taro@example.jp"


@pytest.fixture
async def app(settings: Settings, clock: FakeClock) -> AsyncIterator[Starlette]:
    """Give the application, where two factors are required and no code can be sent."""
    application = create_app(settings, clock=clock)
    async with application.router.lifespan_context(application):
        await register_apps(application)
        await make_person(application)
        await _allow(application)
        yield application


@pytest.fixture
async def script(app: Starlette) -> AsyncIterator[Script]:
    """Give a script in a browser."""
    async with Script(app) as made:
        yield made


async def _allow(app: Starlette, **methods: str) -> None:
    policy = {"second_factor": "required", "email_code": "off"} | methods
    async with app.state.parts.database.write() as transaction:
        await transaction.policies.put("methods", policy, managed_by="file")
        await transaction.config.raise_generation()


async def _to_set_up(holder: Script | NativeApp) -> dict[str, Any]:
    begun = await holder.begin()
    found = (await holder.submit(begun, identifier=TARO, password=PASSWORD)).json()
    assert found["step"] == "set_up", found
    return dict(found)


def _offered(journey: dict[str, Any]) -> str:
    return str(journey["fields"][0]["value"])


def _code(journey: dict[str, Any], clock: FakeClock) -> str:
    seed = journey["authenticator_app"]["secret"].replace(" ", "")
    return str(pyotp.TOTP(seed).at(clock.now()))


async def test_an_authenticator_app_is_set_up_and_the_codes_are_shown_once(
    app: Starlette, script: Script, clock: FakeClock
) -> None:
    journey = await _to_set_up(script)
    offered = journey["authenticator_app"]
    assert offered["uri"].startswith("otpauth://totp/")
    assert offered["picture"].startswith("<svg")
    assert [one["name"] for one in journey["fields"]] == ["offer", "code"]
    wrong = await script.submit(journey, offer=_offered(journey), code="000000")
    assert set(faults_of(wrong)) == {"#/fields/code"}
    still = problem_of(wrong)["journey"]
    assert still["authenticator_app"] == offered, "what was scanned stands"
    sent = {"offer": _offered(still), "code": _code(journey, clock)}
    done = await script.submit(still, **sent)
    codes = done.json()["recovery_codes"]
    assert (done.json()["step"], len(codes)) == ("done", 10)
    again = await script.submit(still, **sent)
    assert (again.json()["step"], again.json()["recovery_codes"]) == ("done", None)
    assert done.headers.get_list("set-cookie") == again.headers.get_list("set-cookie")
    assert (await script.send("GET", f"/{journey['id']}")).json()["recovery_codes"] is None
    assert "code" in await script.go_on(done.json()["continue_at"])
    async with Script(app) as other:
        begun = await other.begin()
        asked = (await other.submit(begun, identifier=TARO, password=PASSWORD)).json()
        let_in = await other.submit(asked, way="recovery_code", code=codes[0])
        assert let_in.json()["step"] == "done", "they are those of the customer"


async def test_a_passkey_is_set_up(app: Starlette, script: Script) -> None:
    made = SoftwareAuthenticator(ORIGIN)
    journey = await _to_set_up(script)
    asked = journey["passkey"]
    assert (asked["ceremony"], asked["action"]) == ("create", "set_up_passkey")
    elsewhere = SoftwareAuthenticator("http://localhost:8000").create(json.dumps(asked["options"]))
    refused = await script.submit(journey, "set_up_passkey", credential=elsewhere)
    assert "could not be saved" in problem_of(refused)["title"]
    credential = made.create(json.dumps(asked["options"]))
    done = await script.submit(journey, "set_up_passkey", credential=credential)
    assert (done.json()["step"], done.json()["recovery_codes"]) == ("done", None)
    again = await script.submit(journey, "set_up_passkey", credential=credential)
    assert done.headers.get_list("set-cookie") == again.headers.get_list("set-cookie")
    async with app.state.parts.database.read() as transaction:
        found = await transaction.identifiers.find_login(TARO)
        assert len(await transaction.passkeys.list_for(found.customer)) == 1
        [session] = await transaction.sessions.list_for(found.customer)
        assert session.acr == "urn:ciam:acr:2"


async def test_a_native_app_sets_up_what_is_required(app: Starlette, clock: FakeClock) -> None:
    async with NativeApp(app) as native:
        journey = await _to_set_up(native)
        still = await native.challenge()
        assert still.json()["error"] == "insufficient_authorization"
        assert still.json()["journey"]["step"] == "set_up"
        done = await native.submit(journey, offer=_offered(journey), code=_code(journey, clock))
        assert len(done.json()["recovery_codes"]) == 10
        tokens = await native.finish()
        _, claims = await read_jwt(app.state.parts.database, tokens["id_token"])
        assert (claims["acr"], set(claims["amr"])) == ("urn:ciam:acr:2", {"pwd", "otp", "mfa"})


async def test_what_is_offered_counts_in_its_journey_alone(
    app: Starlette, script: Script, clock: FakeClock
) -> None:
    journey = await _to_set_up(script)
    async with Script(app) as other:
        theirs = await _to_set_up(other)
        planted = await other.submit(theirs, offer=_offered(journey), code=_code(journey, clock))
        assert planted.json()["step"] == "set_up"
        for offer in ("", "x", _offered(journey)[:-4] + "AAAA"):
            answer = await other.submit(theirs, offer=offer, code=_code(journey, clock))
            assert answer.json()["step"] == "set_up"
        gone = await other.submit(journey, "set_up_app", offer="x", code="123456")
        assert gone.status_code == 404
    assert await _apps(app) == 0


async def test_nothing_is_set_up_before_the_first_proof_nor_after_another_tab(
    app: Starlette, script: Script, clock: FakeClock
) -> None:
    begun = await script.begin()
    for action, fields in (
        ("set_up_app", {"offer": "x", "code": "123456"}),
        ("set_up_passkey", {"credential": "{}"}),
    ):
        early = await script.submit(begun, action, **fields)
        assert early.json()["step"] == "password", (action, early.text)
    first = await _to_set_up(script)
    second = await _to_set_up(script)
    await script.submit(first, offer=_offered(first), code=_code(first, clock))
    clock.advance(timedelta(seconds=31))
    late = await script.submit(second, offer=_offered(second), code=_code(second, clock))
    assert late.status_code in {400, 404, 409, 410}, late.text
    assert await _apps(app) == 1


async def test_only_what_is_allowed_is_offered(app: Starlette, script: Script) -> None:
    await _allow(app, totp="off")
    journey = await _to_set_up(script)
    assert (journey["fields"], journey["submit"]) == ([], None)
    assert journey["passkey"]["ceremony"] == "create"
    await _allow(app, passkey="off")
    async with Script(app) as other:
        journey = await _to_set_up(other)
        assert journey["passkey"] is None
        refused = await other.submit(journey, "set_up_passkey", credential="{}")
        assert refused.status_code == 422


async def _apps(app: Starlette) -> int:
    async with app.state.parts.database.read() as transaction:
        found = await transaction.identifiers.find_login(TARO)
        return int(await transaction.authenticators.find_one(found.customer, TOTP) is not None)
