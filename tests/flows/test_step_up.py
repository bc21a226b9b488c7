"""RFC 9470 step up: a stronger sign-in is asked of who is signed in, and only what is missing."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pyotp
import pytest
from starlette.applications import Starlette

from ciam.app import create_app
from ciam.identifiers import hash_secret
from ciam.oauth.registration import ClientMetadata
from ciam.settings import Settings
from tests.flows.account_people import PASSWORD, make_person
from tests.flows.pages import totp_code
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

TARO = "taro@example.jp"
CODE = "Six-digit code"
ONE, TWO = "urn:ciam:acr:1", "urn:ciam:acr:2"
BACK = "https://shop.example.com/cb"
VERIFIER = "v" * 43
CHALLENGE = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"
SCOPE = "openid account:authenticators"


@pytest.fixture
async def app(settings: Settings, clock: FakeClock) -> AsyncIterator[Starlette]:
    """Give the application on the test's clock, with an app of our own registered."""
    application = create_app(settings, clock=clock)
    async with application.router.lifespan_context(application):
        await _register(application)
        yield application


async def _register(app: Starlette, client_id: str = "shop", **changes: Any) -> None:  # noqa: ANN401 - any metadata
    metadata = ClientMetadata.model_validate(
        {
            "client_name": "Shop",
            "redirect_uris": (BACK,),
            "token_endpoint_auth_method": "none",
            "scope": SCOPE,
            "first_party": True,
            **changes,
        }
    )
    async with app.state.parts.database.write() as transaction:
        await transaction.clients.put(
            client_id, metadata.to_document(), secret_hash=None, brand=None, managed_by="file"
        )
        await transaction.config.raise_generation()


def _browser(app: Starlette) -> PlainBrowser:
    return PlainBrowser(apps={app.state.parts.settings.issuer: app}, catch=(BACK,))


async def _authorize(
    app: Starlette, browser: PlainBrowser, client_id: str = "shop", **parameters: str
) -> Page:
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": BACK,
        "scope": SCOPE,
        "state": "s",
        "nonce": "n",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **parameters,
    }
    return await browser.open(f"{app.state.parts.settings.issuer}/authorize?{urlencode(query)}")


async def _exchange(http: httpx.AsyncClient, page: Page, client_id: str = "shop") -> dict[str, Any]:
    answer = parse_qs(urlsplit(page.url).query)
    assert "code" in answer, page.url
    body = {
        "grant_type": "authorization_code",
        "code": answer["code"][0],
        "redirect_uri": BACK,
        "client_id": client_id,
        "code_verifier": VERIFIER,
    }
    tokens = await http.post("/token", data=body)
    assert tokens.status_code == 200, tokens.text
    found: dict[str, Any] = tokens.json()
    return found


def _claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


async def _password(page: Page) -> Page:
    assert page.heading == "Sign in", page.text
    return await page.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})


async def _enrol(app: Starlette) -> str:
    """Give the customer an authenticator app, as if it had been set up long ago."""
    secret = pyotp.random_base32()
    async with app.state.parts.database.write() as transaction:
        known = await transaction.identifiers.find_login(TARO)
        await transaction.authenticators.add(known.customer, "totp", secret=secret.encode())
    return secret


async def _one_factor(app: Starlette, browser: PlainBrowser) -> Page:
    """Sign in for the shop with the password alone."""
    await make_person(app)
    return await _password(await _authorize(app, browser))


async def _end_of(app: Starlette, browser: PlainBrowser, page: Page) -> str:
    """Give where a journey leads, which its page does not say."""
    cookie = browser.cookies.get("ciam_browser")
    assert cookie is not None
    handle = parse_qs(urlsplit(page.url).query)["journey"][0]
    async with app.state.parts.database.read() as transaction:
        found = await transaction.journeys.find(handle, hash_secret(cookie.value))
    return str(found.state["return_to"])


async def test_only_the_second_factor_is_asked_of_who_is_signed_in(
    app: Starlette, http: httpx.AsyncClient, clock: FakeClock
) -> None:
    browser = _browser(app)
    first = _claims((await _exchange(http, await _one_factor(app, browser)))["access_token"])
    assert (first["acr"], first["amr"]) == (ONE, ["pwd"])
    secret = await _enrol(app)
    clock.advance(timedelta(minutes=20))
    page = await _authorize(app, browser, acr_values=TWO)
    assert page.heading == "One more step", "the password is not asked again"
    page = await page.submit("Sign in", {CODE: totp_code(app, secret)})
    second = _claims((await _exchange(http, page))["access_token"])
    assert (second["acr"], second["amr"]) == (TWO, ["pwd", "otp", "mfa"])
    assert second["auth_time"] == first["auth_time"], "the password is as old as it was"
    assert second["sid"] == first["sid"], "the same session"
    silent = await _authorize(app, browser, acr_values=TWO, prompt="none")
    assert "code" in parse_qs(urlsplit(silent.url).query), "once is enough"


async def test_an_api_says_what_it_needs_and_gets_it(
    app: Starlette, http: httpx.AsyncClient, clock: FakeClock
) -> None:
    browser = _browser(app)
    tokens = await _exchange(http, await _one_factor(app, browser))
    secret = await _enrol(app)
    path = "/api/v1/authenticators"
    refused = await http.get(path, headers={"Authorization": f"Bearer {tokens['access_token']}"})
    challenge = refused.headers["www-authenticate"]
    assert refused.status_code == 401
    assert 'error="insufficient_user_authentication"' in challenge
    assert f'acr_values="{TWO}"' in challenge
    assert "max_age" not in challenge, "it is recent enough"
    page = await _authorize(app, browser, acr_values=TWO)
    page = await page.submit("Sign in", {CODE: totp_code(app, secret)})
    token = (await _exchange(http, page))["access_token"]
    found = await http.get(path, headers={"Authorization": f"Bearer {token}"})
    assert found.status_code == 200
    clock.advance(timedelta(minutes=5, seconds=1))
    late = await http.get(path, headers={"Authorization": f"Bearer {token}"})
    assert late.status_code == 401
    refreshed = await _authorize(app, browser, acr_values=TWO)
    token = (await _exchange(http, refreshed))["access_token"]
    late = await http.get(path, headers={"Authorization": f"Bearer {token}"})
    assert 'max_age="300"' in late.headers["www-authenticate"]
    page = await _password(await _authorize(app, browser, acr_values=TWO, max_age="300"))
    assert page.heading == "One more step", "max_age asks for both"
    clock.advance(timedelta(seconds=30))
    page = await page.submit("Sign in", {CODE: totp_code(app, secret)})
    token = (await _exchange(http, page))["access_token"]
    found = await http.get(path, headers={"Authorization": f"Bearer {token}"})
    assert found.status_code == 200


async def test_no_tab_skips_the_pending_factor(app: Starlette, http: httpx.AsyncClient) -> None:
    browser = _browser(app)
    await _one_factor(app, browser)
    secret = await _enrol(app)
    pending = await _authorize(app, browser, acr_values=TWO)
    issuer = app.state.parts.settings.issuer
    resume = await _end_of(app, browser, pending)
    assert resume.startswith("/authorize/resume?request=")
    copied = await browser.open(f"{issuer}{resume}")
    assert copied.heading == "One more step", copied.url
    other = await _authorize(app, browser, acr_values=TWO)
    assert other.heading == "One more step"
    silent = await _authorize(app, browser, acr_values=TWO, prompt="none")
    assert parse_qs(urlsplit(silent.url).query)["error"] == ["login_required"]
    # An app that asks for less gets less, and says so.
    less = _claims((await _exchange(http, await _authorize(app, browser)))["access_token"])
    assert less["acr"] == ONE
    assert (await browser.open(f"{issuer}/account")).heading.startswith("Hello")
    # Both tabs end, one after the other, each with a code of its own.
    done = await other.submit("Sign in", {CODE: totp_code(app, secret)})
    assert _claims((await _exchange(http, done))["access_token"])["acr"] == TWO
    late = await pending.submit("Sign in", {CODE: totp_code(app, secret)})
    assert late.status == 422, "a code is good once"


async def test_signing_out_meanwhile_ends_the_step(app: Starlette) -> None:
    browser = _browser(app)
    await _one_factor(app, browser)
    secret = await _enrol(app)
    pending = await _authorize(app, browser, acr_values=TWO)
    account = await browser.open(f"{app.state.parts.settings.issuer}/account")
    await account.submit("Sign out")
    answer = await pending.submit("Sign in", {CODE: totp_code(app, secret)})
    assert answer.status == 400
    assert "You were signed out meanwhile" in answer.text
    again = await _authorize(app, browser, acr_values=TWO)
    assert again.heading == "Sign in", "nothing of it is left"


async def test_the_first_factor_of_one_customer_is_never_joined_by_another(
    app: Starlette,
) -> None:
    browser = _browser(app)
    await _one_factor(app, browser)
    secret = await _enrol(app)
    await make_person(app, "jiro@example.jp")
    pending = await _authorize(app, browser, acr_values=TWO)
    other = await browser.open(f"{app.state.parts.settings.issuer}/sign-in?fresh=1")
    jiro = {"identifier": "jiro@example.jp", "Password": PASSWORD}
    assert (await other.submit("Sign in", jiro)).url.endswith("/account")
    answer = await pending.submit("Sign in", {CODE: totp_code(app, secret)})
    assert answer.status == 400
    assert "You were signed out meanwhile" in answer.text


async def test_starting_again_signs_in_from_the_first_factor_on(
    app: Starlette, http: httpx.AsyncClient
) -> None:
    browser = _browser(app)
    await _one_factor(app, browser)
    secret = await _enrol(app)
    pending = await _authorize(app, browser, acr_values=TWO)
    page = await _password(await pending.follow("Start again"))
    assert page.heading == "One more step"
    page = await page.submit("Sign in", {CODE: totp_code(app, secret)})
    assert _claims((await _exchange(http, page))["access_token"])["acr"] == TWO


async def test_an_app_that_requires_two_factors_steps_up_by_itself(
    app: Starlette, http: httpx.AsyncClient
) -> None:
    browser = _browser(app)
    await _one_factor(app, browser)
    secret = await _enrol(app)
    await _register(app, "bank", methods={"second_factor": "required"})
    page = await _authorize(app, browser, "bank")
    assert page.heading == "One more step"
    page = await page.submit("Sign in", {CODE: totp_code(app, secret)})
    tokens = await _exchange(http, page, "bank")
    assert _claims(tokens["access_token"])["acr"] == TWO


async def test_a_token_from_before_the_app_required_two_is_too_weak_at_the_api(
    app: Starlette, http: httpx.AsyncClient
) -> None:
    browser = _browser(app)
    tokens = await _exchange(http, await _one_factor(app, browser))
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    for path in ("/api/v1/authenticators", "/userinfo"):
        assert (await http.get(path, headers=headers)).status_code == 200
    await _register(app, methods={"second_factor": "required"})
    for path in ("/api/v1/authenticators", "/userinfo"):
        refused = await http.get(path, headers=headers)
        assert refused.status_code == 401
        challenge = refused.headers["www-authenticate"]
        assert 'error="insufficient_user_authentication"' in challenge, path
        assert f'acr_values="{TWO}"' in challenge, path


async def test_an_essential_level_is_set_up_where_there_is_none(
    app: Starlette, http: httpx.AsyncClient
) -> None:
    browser = _browser(app)
    await _one_factor(app, browser)
    await _register(app, methods={"email_code": "first"})
    claims = json.dumps({"id_token": {"acr": {"essential": True, "value": TWO}}})
    page = await _authorize(app, browser, claims=claims)
    assert page.heading == "Set up a second step"
    secret = page.soup.select_one(".copy-line .id").text.replace(" ", "")  # type: ignore[union-attr]  # it is there
    page = await page.submit("Switch it on", {CODE: totp_code(app, secret)})
    assert page.heading == "Your recovery codes"
    page = await page.follow("I have kept them")
    tokens = await _exchange(http, page)
    assert _claims(tokens["id_token"])["acr"] == TWO
    assert _claims(tokens["id_token"])["amr"] == ["pwd", "otp", "mfa"]


async def test_a_level_nobody_knows_asks_for_nothing(app: Starlette) -> None:
    browser = _browser(app)
    await _one_factor(app, browser)
    page = await _authorize(app, browser, acr_values="gold 1 2")
    assert "code" in parse_qs(urlsplit(page.url).query)


async def test_without_second_factors_the_level_is_missed_and_said_so(app: Starlette) -> None:
    browser = _browser(app)
    await _register(app, methods={"second_factor": "off"})
    await _one_factor(app, browser)
    claims = json.dumps({"id_token": {"acr": {"essential": True, "value": TWO}}})
    page = await _password(await _authorize(app, browser, claims=claims))
    error = parse_qs(urlsplit(page.url).query)["error"]
    assert error == ["unmet_authentication_requirements"]
