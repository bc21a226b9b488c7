"""Passkeys as the second factor, in Chromium with a virtual authenticator."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.authenticators import equipped
from tests.browser.walker import Place, Screen, walking

pytestmark = pytest.mark.browser
TWO = "urn:ciam:acr:2"
SCREENS = [Screen("en", 390, "light"), Screen("ja", 1280, "dark")]


@pytest.mark.parametrize("screen", SCREENS, ids=str)
async def test_a_passkey_steps_a_session_up(
    browser: Browser, place: Place, pictures: Path, screen: Screen
) -> None:
    async with (
        walking(browser, place, pictures, screen, "stepper") as person,
        equipped(person) as authenticators,
        place.app() as app,
    ):
        await person.register()
        await authenticators.add(is_synced=True)
        await person.open("/account/passkeys")
        await person.press("form[data-passkey] button")
        attempt = app.begin(acr_values=TWO)
        await person.page.goto(attempt.url)
        assert "/second-factor?" in person.page.url, "the first factor is not asked again"
        await person.see("second-factor-passkey")
        await person.press("form[data-passkey] button")
        await person.press("#decision-accept")
        tokens = await app.finish(attempt, person.page.url)
        assert tokens.claims["acr"] == TWO
        assert set(tokens.claims["amr"]) == {"otp", "swk", "user", "mfa"}
        assert person.problems == []


@pytest.mark.parametrize("screen", SCREENS, ids=str)
async def test_a_passkey_is_made_where_two_factors_are_required(
    browser: Browser, place: Place, pictures: Path, screen: Screen
) -> None:
    async with (
        walking(browser, place, pictures, screen, "setter") as person,
        equipped(person) as authenticators,
        place.app() as app,
    ):
        await authenticators.add(is_synced=False)
        attempt = app.begin(acr_values=TWO, prompt="create")
        await person.page.goto(attempt.url)
        await person.send({"email": person.email})
        await person.send({"code": (await person.read_letter()).code})
        await person.give_details()
        assert "/second-factor/set-up?" in person.page.url
        await person.see("set-up")
        await person.press("form[data-passkey] button")
        await person.press("#decision-accept")
        tokens = await app.finish(attempt, person.page.url)
        assert tokens.claims["acr"] == TWO
        assert set(tokens.claims["amr"]) == {"otp", "hwk", "user", "mfa"}
        assert person.problems == []


async def test_without_scripts_a_passkey_alone_says_what_it_needs(
    browser: Browser, place: Place, pictures: Path
) -> None:
    async with (
        walking(browser, place, pictures, SCREENS[0], "plain") as person,
        equipped(person) as authenticators,
        place.app() as app,
    ):
        await person.register()
        await authenticators.add(is_synced=True)
        await person.open("/account/passkeys")
        await person.press("form[data-passkey] button")
        cookies = await person.page.context.cookies()
        context = await browser.new_context(java_script_enabled=False, locale="en-US")
        await context.add_cookies([{**one} for one in cookies])  # type: ignore[typeddict-item]  # the same shape
        page = await context.new_page()
        await page.goto(app.begin(acr_values=TWO).url)
        assert not await page.locator("form[data-passkey]").is_visible()
        # Playwright's way of switching scripts off does not draw what is inside noscript.
        assert "A passkey needs scripts" in await page.inner_html("noscript")
        assert await page.get_by_role("link", name="Start again").is_visible()
        await context.close()
