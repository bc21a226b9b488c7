"""Every way to sign in with a code, alone and as the second step, in Chromium.

Passkeys have files of their own.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import Browser

from tests.browser.walker import PASSWORD, Place, Screen, Walker, open_place, walking
from tests.flows.clients.installation import Letter
from tests.flows.clients.relying_app import Attempt, RelyingApp, Tokens
from tests.flows.textbox import TextMessage

pytestmark = pytest.mark.browser
ONE, TWO = "urn:ciam:acr:1", "urn:ciam:acr:2"
SCREENS = [Screen("en", 390, "dark"), Screen("ja", 1280, "light")]
NUMBERS = {("en", "alone"): "090-1234-5601", ("ja", "alone"): "090-1234-5602",
           ("en", "second"): "090-1234-5603", ("ja", "second"): "090-1234-5604"}  # fmt: skip
POLICIES = """\
  methods: {sms_code: both}
  names: {phone: sign_in}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give an installation where every method is on."""
    with open_place(tmp_path_factory.mktemp("methods") / "node", POLICIES) as opened:
        yield opened


@pytest.mark.parametrize("screen", SCREENS, ids=str)
async def test_a_code_that_is_sent_signs_in_alone(
    browser: Browser, place: Place, pictures: Path, screen: Screen
) -> None:
    number = NUMBERS[screen.language, "alone"]
    async with walking(browser, place, pictures, screen, "alone") as person, place.app() as app:
        await person.register()
        await _add_number(person, number)

        attempt, mailed = await _ask_for_code(person, app, person.email, _mails)
        await person.see("code-mailed")
        await person.send({"code": mailed.code})
        tokens = await _come_back(person, app, attempt)
        assert (tokens.claims["acr"], tokens.claims["amr"]) == (ONE, ["otp"])

        attempt, mailed = await _ask_for_code(person, app, person.email, _mails)
        assert isinstance(mailed, Letter)
        await person.page.goto(mailed.link)
        await person.see("code-link")
        await person.press("main form button.primary")
        tokens = await _come_back(person, app, attempt)
        assert (tokens.claims["acr"], tokens.claims["amr"]) == (ONE, ["otp"])

        attempt, texted = await _ask_for_code(person, app, number, _texts_to(number))
        await person.see("code-texted")
        await person.send({"code": texted.code})
        tokens = await _come_back(person, app, attempt)
        assert (tokens.claims["acr"], tokens.claims["amr"]) == (ONE, ["sms"])
        assert person.problems == []


@pytest.mark.parametrize("screen", SCREENS, ids=str)
async def test_each_second_step_follows_the_password(
    browser: Browser, place: Place, pictures: Path, screen: Screen
) -> None:
    number = NUMBERS[screen.language, "second"]
    async with walking(browser, place, pictures, screen, "second") as person, place.app() as app:
        await person.register()
        await _add_number(person, number)
        secret, recovery_code = await _set_up_app(person)
        for method in ("email_code", "sms_code"):
            await person.open(f"/account/second-factor/codes/{method}")
            await person.see(f"switch-on-{method}")
            await person.press("main form button[name=wish]")

        attempt = await _give_password(person, app)
        await person.see("second-app")
        await person.send({"code": "000000"})
        await person.see("second-app-refused")
        await person.send({"code": pyotp.TOTP(secret).now()})
        tokens = await _come_back(person, app, attempt)
        assert (tokens.claims["acr"], set(tokens.claims["amr"])) == (TWO, {"pwd", "otp", "mfa"})

        attempt = await _give_password(person, app, way="recovery_code")
        await person.see("second-recovery-code")
        await person.send({"code": recovery_code})
        tokens = await _come_back(person, app, attempt)
        assert (tokens.claims["acr"], "mfa" in tokens.claims["amr"]) == (TWO, True)

        for method, amr, find in (
            ("email_code", "otp", _mails),
            ("sms_code", "sms", _texts_to(number)),
        ):
            attempt = await _give_password(person, app, way=method)
            await person.see(f"second-{method}")
            before = len(find(person))
            await person.press("main form button.primary")
            await person.see(f"second-{method}-sent")
            await person.send({"code": (await _newest(person, find, before)).code})
            tokens = await _come_back(person, app, attempt)
            assert (tokens.claims["acr"], set(tokens.claims["amr"])) == (TWO, {"pwd", amr, "mfa"})
        assert person.problems == []


_Found = list[Letter] | list[TextMessage]


def _mails(person: Walker) -> _Found:
    """Give the mails that hold a code."""
    letters = person.installation.letters(person.email)
    return [one for one in letters if re.search(r"(?m)^\s*\d{6}\s*$", one.text)]


def _texts_to(number: str) -> Callable[[Walker], _Found]:
    def find(person: Walker) -> _Found:
        paths = sorted((person.installation.server.home / "sms").glob("*.json"))
        found = [json.loads(path.read_text()) for path in paths]
        to = "+81" + number.replace("-", "")[1:]
        return [TextMessage(one["to"], one["text"]) for one in found if one["to"] == to]

    return find


async def _newest(
    person: Walker, find: Callable[[Walker], _Found], before: int
) -> Letter | TextMessage:
    """Wait until there are more than before."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if len(found := find(person)) > before:
            return found[-1]
        await asyncio.sleep(0.05)
    raise AssertionError(f"{person.where}: no code has come")


async def _add_number(person: Walker, number: str) -> None:
    await person.open("/account/phone")
    await person.send({"phone": number})
    await person.see("number-code")
    await person.send({"code": (await _newest(person, _texts_to(number), 0)).code})
    assert "/account/profile" in person.page.url


async def _set_up_app(person: Walker) -> tuple[str, str]:
    """Give the secret and one recovery code; the code of the step before leaves this one unused."""
    await person.open("/account/second-factor")
    await person.see("set-up-app")
    shown = await person.page.locator("main .copy-line .id").inner_text()
    secret = "".join(shown.split())
    await person.send({"code": pyotp.TOTP(secret).at(int(time.time()) - 30)})
    await person.see("recovery-codes")
    return secret, await person.page.locator("main .codes li").first.inner_text()


async def _ask_for_code(
    person: Walker, app: RelyingApp, name: str, find: Callable[[Walker], _Found]
) -> tuple[Attempt, Letter | TextMessage]:
    before = len(find(person))
    attempt = app.begin(prompt="login")
    await person.page.goto(attempt.url)
    await person.send({"identifier": name}, "main form button[formaction]")
    return attempt, await _newest(person, find, before)


async def _give_password(person: Walker, app: RelyingApp, way: str = "totp") -> Attempt:
    attempt = app.begin(prompt="login")
    await person.page.goto(attempt.url)
    await person.send({"identifier": person.email, "password": PASSWORD})
    if way != "totp":
        await person.press(f"main a[href*='way={way}']")
    return attempt


async def _come_back(person: Walker, app: RelyingApp, attempt: Attempt) -> Tokens:
    if await person.page.locator("#decision-accept").count():
        await person.press("#decision-accept")
    return await app.finish(attempt, person.page.url)
