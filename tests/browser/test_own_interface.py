"""The page of docs/own-interface.md in Chromium: it signs people up and in from its own origin."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pyotp
import pytest
from playwright.async_api import Browser, ConsoleMessage, Page

from tests.browser.authenticators import machine
from tests.flows.clients.installation import Installation
from tests.flows.own_apps import snippet
from tests.parts import databases
from tests.parts.server import Server

pytestmark = pytest.mark.browser
EMAIL = "reader@example.jp"
KEYED = "keyed@example.jp"
PASSWORD = "seven blue umbrellas in May"
NEW = "nine green umbrellas in June"
NOTICE = """
notices:
  - key: terms
    version: "2026-04"
    kind: terms
    texts:
      en: {title: Terms of use, body: Be good to each other.}
"""


@contextmanager
def _serving(issuer: str) -> Iterator[str]:
    """Serve the page of the document on a port of its own; give its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here = f"http://localhost:{self.server.server_port}"  # type: ignore[attr-defined]  # it is the server below
            page = snippet("page").replace("http://localhost:8000", issuer)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.replace("http://localhost:9100", here).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has above
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, str]]:
    """Give an installation and the address of the page: another origin of the same site."""
    home = tmp_path_factory.mktemp("own") / "node"
    server = Server(home=home, env={"CIAM_DATABASE_URL": databases.sqlite(home)})
    installation = Installation(server.start())
    with _serving(installation.url) as address:
        config = home.with_suffix(".yaml")
        config.write_text(snippet("config").replace("http://localhost:9100", address) + NOTICE)
        installation.apply(config)
        yield installation, address
        server.stop()


@asynccontextmanager
async def _person(browser: Browser, complaints: list[str]) -> AsyncIterator[Page]:
    context = await browser.new_context(locale="en-US")
    page = await context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def said(message: ConsoleMessage) -> None:
        if "status of 422" not in message.text:  # Chrome says so of every refused answer
            complaints.append(message.text)

    page.on("console", said)
    yield page
    await context.close()


async def _send(page: Page, button: str, **fields: str) -> None:
    for name, value in fields.items():
        await page.wait_for_selector(f"#{name}")
        await page.fill(f"#{name}", value)
    await page.get_by_role("button", name=button, exact=True).click()


async def _greeted(page: Page) -> None:
    await page.wait_for_function("document.querySelector('#said').textContent.includes('山田')")
    assert "code=" not in page.url


async def _register(page: Page, installation: Installation) -> None:
    await _send(page, "Create an account")
    await _send(page, "Next", email=EMAIL)
    await _send(page, "Next", code=(await installation.letter(EMAIL, 1)).code)
    details = {"family_name": "山田", "given_name": "花子", "password": PASSWORD}
    await _send(page, "Create the account", **details)
    await page.wait_for_selector("#said:not(:empty)")
    assert "Be good to each other." in await page.inner_text("main")
    await page.check("#notice_terms")
    await _send(page, "Create the account", **details)
    await _greeted(page)


async def _sign_in(page: Page) -> None:
    await _send(page, "Sign in", identifier=EMAIL, password="not the one")
    await page.wait_for_selector("#said:not(:empty)")
    assert await page.inner_text("#said") == "That e-mail address and password do not match."
    await _send(page, "Sign in", identifier=EMAIL, password=PASSWORD)
    await _greeted(page)


async def _recover(page: Page, installation: Installation) -> None:
    await _send(page, "Forgotten your password?")
    await _send(page, "Next", email=EMAIL)
    # The one before said that somebody signed in on a new device.
    await _send(page, "Next", code=(await installation.letter(EMAIL, 3)).code)
    await _send(page, "Save the password and sign in", password=NEW)
    await _greeted(page)


async def test_a_person_registers_signs_in_and_recovers_without_leaving_the_page(
    browser: Browser, place: tuple[Installation, str]
) -> None:
    installation, address = place
    complaints: list[str] = []
    async with _person(browser, complaints) as page:
        await page.goto(address)
        await _register(page, installation)
    async with _person(browser, complaints) as page:
        await page.goto(address)
        await _sign_in(page)
        await page.goto(address)
        await _greeted(page)  # signed in already: nothing is asked
    async with _person(browser, complaints) as page:
        await page.goto(address)
        await _recover(page, installation)
    assert complaints == []


async def _use_passkey(page: Page, label: str) -> None:
    await page.get_by_role("button", name=label, exact=True).click()


async def _register_with_passkey(page: Page, installation: Installation) -> None:
    await _send(page, "Create an account")
    await _send(page, "Next", email=KEYED)
    await _send(page, "Next", code=(await installation.letter(KEYED, 1)).code)
    await _use_passkey(page, "Use a passkey instead of a password")
    await page.get_by_text("Your passkey is ready.").wait_for()
    assert await page.locator("#password").count() == 0
    names = {"family_name": "山田", "given_name": "花子"}
    await _send(page, "Create the account", **names)
    await page.wait_for_selector("#said:not(:empty)")  # the terms are not accepted yet
    await page.check("#notice_terms")
    await _send(page, "Create the account", **names)
    await _greeted(page)


async def test_a_passkey_registers_and_signs_in_from_the_app_s_own_origin(
    browser: Browser, place: tuple[Installation, str]
) -> None:
    """The page is on another port of the same host, so our relying party is its own too."""
    installation, address = place
    complaints: list[str] = []
    async with _person(browser, complaints) as page, machine(page) as authenticators:
        phone = await authenticators.add(is_synced=True)
        await page.goto(address)
        await _register_with_passkey(page, installation)
        [kept] = await authenticators.credentials(phone)
        assert kept["rpId"] == "localhost"

        await page.context.clear_cookies()
        await page.goto(address)
        await _use_passkey(page, "Sign in with a passkey")
        await _greeted(page)

        await page.context.clear_cookies()
        await page.goto(f"{installation.url}/sign-in")
        await page.wait_for_url("**/account")  # the same one, by autofill on our own page

        await authenticators.remove(phone)
        await authenticators.add(is_synced=True)  # it holds nothing
        await page.context.clear_cookies()
        await page.goto(address)
        await _use_passkey(page, "Sign in with a passkey")
        await page.get_by_text("The passkey was not used.").wait_for()
        await page.wait_for_selector("#identifier")
    assert complaints == []


async def test_a_second_step_is_set_up_on_the_page(
    browser: Browser, place: tuple[Installation, str], tmp_path: Path
) -> None:
    installation, address = place
    _require_two(installation, tmp_path, "required")
    complaints: list[str] = []
    try:
        async with _person(browser, complaints) as page:
            await page.goto(address)
            await _set_up_app(page, installation, "seeded@example.jp")
            await _greeted(page)
        async with _person(browser, complaints) as page, machine(page) as authenticators:
            await authenticators.add(is_synced=False)
            await page.goto(address)
            await _register_only(page, installation, "keyed-two@example.jp")
            await _use_passkey(page, "Create a passkey")
            await _greeted(page)
            await page.context.clear_cookies()
            await page.goto(address)
            await _send(page, "Sign in", identifier="keyed-two@example.jp", password=PASSWORD)
            await page.get_by_role("heading", name="One more step").wait_for()
            await _use_passkey(page, "Use your passkey")
            await _greeted(page)
    finally:
        _require_two(installation, tmp_path, "optional")
    assert complaints == []


def _require_two(installation: Installation, folder: Path, wish: str) -> None:
    config = folder / "two.yaml"
    methods = f"{{second_factor: {wish}, email_code: 'off'}}"
    config.write_text(f"policies: {{methods: {methods}}}\n")
    installation.apply(config)


async def _register_only(page: Page, installation: Installation, email: str) -> None:
    await _send(page, "Create an account")
    await _send(page, "Next", email=email)
    await _send(page, "Next", code=(await installation.letter(email, 1)).code)
    await page.wait_for_selector("#notice_terms")
    await page.check("#notice_terms")
    details = {"family_name": "山田", "given_name": "花子", "password": PASSWORD}
    await _send(page, "Create the account", **details)


async def _set_up_app(page: Page, installation: Installation, email: str) -> None:
    await _register_only(page, installation, email)
    await page.wait_for_selector("form img")
    assert await page.evaluate("document.querySelector('form img').naturalWidth") > 0
    seed = (await page.inner_text("form img + p")).replace(" ", "")
    await _send(page, "Switch it on", code="000000")
    await page.wait_for_selector("#code-error")
    assert (await page.inner_text("form img + p")).replace(" ", "") == seed
    await _send(page, "Switch it on", code=pyotp.TOTP(seed).at(time.time()))
    await page.get_by_role("heading", name="Your recovery codes").wait_for()
    assert len((await page.inner_text("pre")).split()) == 10
    await page.get_by_role("button", name="I have kept them").click()


async def test_a_script_of_another_origin_cannot_ask(
    browser: Browser, place: tuple[Installation, str]
) -> None:
    installation, address = place
    script = """async (issuer) => {
      const wanted = { method: "POST", credentials: "include",
        headers: { "Content-Type": "application/json" }, body: "{}" };
      try { return (await fetch(`${issuer}/api/v1/journeys`, wanted)).status; }
      catch { return 0; }
    }"""
    asked = {}
    for origin in (address, address.replace("localhost", "127.0.0.1")):
        async with _person(browser, []) as page:
            await page.goto(origin)
            asked[origin] = await page.evaluate(script, installation.url)
    assert list(asked.values()) == [422, 0], "the browser lets no other script ask"
