"""Passkeys on screens of an app of ours: signing in, the second step, signing up."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pyotp
import pytest
from starlette.applications import Starlette

from ciam.customers.second_factors import enrol_totp
from ciam.storage.stores.customers import Customer
from tests.authentication.passkey_people import ORIGIN as REGISTERED_AT
from tests.authentication.passkey_people import add_passkey
from tests.factories.read_jwt import read_jwt
from tests.factories.software_authenticator import SoftwareAuthenticator
from tests.flows.account_people import PASSWORD, make_person
from tests.flows.mailbox import Mailbox
from tests.flows.own_apps import (
    NATIVE,
    ORIGIN,
    NativeApp,
    Script,
    faults_of,
    problem_of,
    register_apps,
    steady,
)
from tests.flows.shop import register
from tests.parts.clock import FakeClock

TARO = "taro@example.jp"
HANAKO = "hanako@example.jp"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CERTIFICATE = "android:apk-key-hash:" + "Zm9v" * 10 + "YmE"
ON_ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
pytestmark = ON_ONE_DATABASE  # the rules are tested on both: tests/authentication, tests/customers


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


@pytest.fixture
async def customer(app: Starlette) -> Customer:
    """Give a customer with a password."""
    return await make_person(app)


@pytest.fixture
async def authenticator(app: Starlette, customer: Customer) -> SoftwareAuthenticator:
    """Give an authenticator that the customer has registered, in front of the page of the app."""
    made = SoftwareAuthenticator(REGISTERED_AT)
    await add_passkey(app.state.parts.database, customer.id, made)
    made.origin, made.rp_id = ORIGIN, "localhost"
    return made


def _options(journey: dict[str, Any]) -> str:
    return json.dumps(journey["passkey"]["options"])


async def _answer(
    holder: Script | NativeApp, journey: dict[str, Any], credential: str, **fields: str
) -> Any:  # noqa: ANN401 - an answer of HTTP
    asked = journey["passkey"]
    return await holder.submit(journey, asked["action"], **{asked["field"]: credential}, **fields)


async def test_a_script_signs_somebody_in_without_a_name(
    app: Starlette, script: Script, authenticator: SoftwareAuthenticator
) -> None:
    journey = await script.begin()
    asked = journey["passkey"]
    assert (asked["ceremony"], asked["autofill"], asked["label"]) == (
        "get",
        True,
        "Sign in with a passkey",
    )
    assert asked["options"]["rpId"] == "localhost"
    assert not asked["options"].get("allowCredentials")
    assert asked["options"]["userVerification"] == "required"
    credential = authenticator.sign(_options(journey))
    first = await _answer(script, journey, credential)
    assert first.json()["step"] == "done", first.text
    again = await _answer(script, journey, credential)
    assert again.json() == first.json()
    assert first.headers.get_list("set-cookie") == again.headers.get_list("set-cookie")
    assert "code" in await script.go_on(first.json()["continue_at"])
    async with app.state.parts.database.read() as transaction:
        found = await transaction.identifiers.find_login(TARO)
        [session] = await transaction.sessions.list_for(found.customer)
    assert (session.acr, set(session.amr)) == ("urn:ciam:acr:2", {"swk", "user", "mfa"})


async def test_an_answer_counts_in_its_journey_its_browser_and_once(
    app: Starlette, script: Script, authenticator: SoftwareAuthenticator
) -> None:
    journey = await script.begin()
    credential = authenticator.sign(_options(journey))
    async with Script(app) as other:
        theirs = await other.begin()
        refused = await _answer(other, theirs, credential)
        assert refused.status_code == 422, "planted in another browser"
        assert not refused.headers.get_list("set-cookie")
        gone = await other.submit(journey, "sign_in_with_passkey", credential=credential)
        assert gone.status_code == 404
    assert (await _answer(script, journey, credential)).json()["step"] == "done"
    later = await script.begin(prompt="login")
    refused = await _answer(script, later, credential)
    assert refused.status_code == 422, "replayed in a later journey"
    assert problem_of(refused)["title"].startswith("That passkey did not work here.")
    assert problem_of(refused)["journey"]["step"] == "password"


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:8000", "https://strange.example.com", "https://evil.example", CERTIFICATE],
)
async def test_a_passkey_that_was_used_on_another_page_is_refused(
    script: Script, authenticator: SoftwareAuthenticator, origin: str
) -> None:
    journey = await script.begin()
    refused = await _answer(script, journey, authenticator.sign(_options(journey), origin=origin))
    assert refused.status_code == 422
    assert not refused.headers.get_list("set-cookie")
    framed = authenticator.sign(_options(journey), crossOrigin=True)
    assert (await _answer(script, journey, framed)).status_code == 422


async def test_our_own_page_takes_no_answer_of_an_app_s_page(
    app: Starlette, script: Script, authenticator: SoftwareAuthenticator
) -> None:
    """The same browser, the same journey: the origin alone differs."""
    journey = await script.begin()
    credential = authenticator.sign(_options(journey))
    page = await script.http.get(journey["page"])
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    sent = await script.http.post(
        f"/sign-in/passkey?journey={journey['id']}",
        data={"credential": credential, "csrf_token": token},
        headers={"Origin": str(app.state.parts.settings.issuer)},
    )
    assert (sent.status_code, "did not work here" in sent.text) == (422, True)
    assert "ciam_session" not in "".join(sent.headers.get_list("set-cookie"))


async def test_nothing_tells_who_has_a_passkey(
    app: Starlette, script: Script, authenticator: SoftwareAuthenticator
) -> None:
    await _put(app, "sign_in", layout="identifier_first")
    assert authenticator.handle
    seen = []
    for name in (TARO, HANAKO):
        journey = (await script.submit(await script.begin(), "identify", identifier=name)).json()
        asked = journey["passkey"]
        assert len(asked["options"].pop("challenge")) > 60
        seen.append(asked)
    assert seen[0] == seen[1]
    journey = (await script.submit(await script.begin(), "identify", identifier=TARO)).json()
    done = await _answer(script, journey, authenticator.sign(_options(journey)))
    assert done.json()["step"] == "done", "after a name too"


async def test_where_a_passkey_is_the_only_way_nothing_else_is_asked(
    app: Starlette, script: Script, authenticator: SoftwareAuthenticator
) -> None:
    await _put(app, "methods", password="off", email_code="off")
    journey = await script.begin()
    assert (journey["step"], journey["fields"], journey["submit"]) == ("password", [], None)
    done = await _answer(script, journey, authenticator.sign(_options(journey)))
    assert done.json()["step"] == "done"
    await _put(app, "methods", passkey="off")
    async with Script(app) as other:
        journey = await other.begin()
        assert journey["passkey"] is None
        refused = await other.submit(journey, "sign_in_with_passkey", credential="{}")
        assert refused.status_code == 403


async def test_a_passkey_is_the_second_factor_and_the_device_is_remembered(
    app: Starlette,
    script: Script,
    clock: FakeClock,
    customer: Customer,
    authenticator: SoftwareAuthenticator,
) -> None:
    authenticator.is_user_verified = False
    async with app.state.parts.database.write() as transaction:
        code = pyotp.TOTP(SEED).at(clock.now())
        await enrol_totp(transaction, customer.id, SEED, code, keep_session=None)
    begun = await script.begin()
    early = await script.submit(begun, "second_passkey", credential="{}")
    assert early.json()["step"] == "password", "nobody was proven yet"
    journey = (await script.submit(begun, identifier=TARO, password=PASSWORD)).json()
    asked = journey["passkey"]
    assert (journey["step"], asked["action"]) == ("second_factor", "second_passkey")
    assert len(asked["options"]["allowCredentials"]) == 1
    [wish] = asked["fields"]
    assert (wish["name"], wish["type"], wish["value"]) == ("trust_device", "checkbox", "yes")
    credential = authenticator.sign(_options(journey))
    first = await _answer(script, journey, credential, trust_device=wish["value"])
    assert first.json()["step"] == "done", first.text
    again = await _answer(script, journey, credential, trust_device=wish["value"])
    assert first.headers.get_list("set-cookie") == again.headers.get_list("set-cookie")
    assert any("ciam_trusted" in one for one in first.headers.get_list("set-cookie"))
    journey = await script.begin(prompt="login")
    done = await script.submit(journey, identifier=TARO, password=PASSWORD)
    assert done.json()["step"] == "done", "not asked again here"


async def test_another_customer_s_passkey_is_no_second_factor(
    app: Starlette, script: Script, authenticator: SoftwareAuthenticator
) -> None:
    other = await make_person(app, HANAKO)
    strange = SoftwareAuthenticator(REGISTERED_AT)
    await add_passkey(app.state.parts.database, other.id, strange)
    strange.origin, strange.rp_id = ORIGIN, authenticator.rp_id
    await _put(app, "methods", second_factor="required", email_code="off")
    journey = await script.begin()
    journey = (await script.submit(journey, identifier=TARO, password=PASSWORD)).json()
    assert (journey["fields"], journey["submit"]) == ([], None), "a passkey is the only way"
    assert (await _answer(script, journey, strange.sign(_options(journey)))).status_code == 422
    done = await _answer(script, journey, authenticator.sign(_options(journey)))
    assert done.json()["step"] == "done"


async def test_registering_with_a_passkey_needs_no_password(
    script: Script, mailbox: Mailbox
) -> None:
    made = SoftwareAuthenticator(ORIGIN)
    journey = await _prove_address(script, mailbox, HANAKO)
    asked = journey["passkey"]
    assert (asked["ceremony"], asked["action"], asked["instead_of"]) == (
        "create",
        "finish_sign_up",
        "password",
    )
    assert asked["options"]["rp"]["id"] == "localhost"
    assert asked["options"]["user"]["name"] == HANAKO
    credential = made.create(_options(journey))
    refused = await _answer(script, journey, credential, given_name="花子")
    assert set(faults_of(refused)) == {"#/fields/family_name"}
    names = {"family_name": "山田", "given_name": "花子"}
    first = await _answer(script, journey, credential, **names)
    assert first.json()["step"] == "done", first.text
    again = await _answer(script, journey, credential, **names)
    assert again.json() == first.json()
    assert first.headers.get_list("set-cookie") == again.headers.get_list("set-cookie")
    assert "code" in await script.go_on(first.json()["continue_at"])
    later = await script.begin(prompt="login")
    done = await _answer(script, later, made.sign(_options(later)))
    assert done.json()["step"] == "done"


async def test_a_passkey_of_another_sign_up_or_page_is_refused(
    app: Starlette, script: Script, mailbox: Mailbox
) -> None:
    names = {"family_name": "山田", "given_name": "花子"}
    journey = await _prove_address(script, mailbox, HANAKO)
    async with Script(app) as other:
        theirs = await _prove_address(other, mailbox, "jiro@example.jp")
        planted = SoftwareAuthenticator(ORIGIN).create(_options(theirs))
    elsewhere = SoftwareAuthenticator("https://evil.example").create(_options(journey))
    for credential in (planted, elsewhere, "{}", "x" * 8000):
        refused = await _answer(script, journey, credential, **names)
        assert refused.status_code == 422
        assert "could not be saved" in problem_of(refused)["title"]
        assert steady(problem_of(refused)["journey"]) == steady(journey)


async def test_a_native_app_signs_in_where_the_system_has_tied_it_to_our_host(
    app: Starlette, authenticator: SoftwareAuthenticator
) -> None:
    await register(
        app,
        "android-app",
        redirect_uris=["com.example.shop:/callback"],
        application_type="native",
        token_endpoint_auth_method="none",
        first_party=True,
        own_interface=True,
        allowed_origins=[CERTIFICATE],
    )
    other = CERTIFICATE[:-3] + "AAA"
    for client_id, origin, works in (
        (NATIVE, "https://localhost", True),  # iOS writes our host
        (NATIVE, CERTIFICATE, False),
        (NATIVE, ORIGIN, False),
        ("android-app", CERTIFICATE, True),
        ("android-app", other, False),
    ):
        async with NativeApp(app, client_id) as native:
            journey = await native.begin()
            credential = authenticator.sign(_options(journey), origin=origin)
            answer = await _answer(native, journey, credential)
            assert answer.status_code == (200 if works else 422), (client_id, origin)
            if works:
                assert answer.json()["next"] == "authorization_challenge"
                tokens = await native.finish()
                _, claims = await read_jwt(app.state.parts.database, tokens["id_token"])
                assert claims["amr"] == ["swk", "user", "mfa"]
    async with Script(app, CERTIFICATE, None) as script:
        assert (await script.send("GET", "/x")).status_code == 403, "no origin of a page"


async def test_browsers_learn_whose_pages_may_use_our_passkeys(script: Script) -> None:
    found = await script.http.get("/.well-known/webauthn")
    assert found.headers["content-type"] == "application/json"
    assert found.json() == {"origins": ["https://points.example.com", ORIGIN]}


async def _prove_address(script: Script, mailbox: Mailbox, email: str) -> dict[str, Any]:
    journey = (await script.submit(await script.begin("sign_up"), email=email)).json()
    code = (await mailbox.newest(email)).code
    found: dict[str, Any] = (await script.submit(journey, code=code)).json()
    assert found["step"] == "details"
    return found


async def _put(app: Starlette, section: str, **values: str) -> None:
    async with app.state.parts.database.write() as transaction:
        await transaction.policies.put(section, values, managed_by="file")
        await transaction.config.raise_generation()
