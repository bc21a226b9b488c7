"""Passkeys in Chromium with a virtual authenticator: kept, found by autofill, offered, removed."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.authenticators import equipped
from tests.browser.walker import PASSWORD, Place, Screen, Walker, walking

pytestmark = pytest.mark.browser
SCREENS = [Screen("en", 390, "light"), Screen("ja", 1280, "dark")]
_WITHOUT_AUTOFILL = """
if (sessionStorage.getItem("without") === "autofill")
  PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false);
"""
KEPT = {
    "en": ("On all your devices", "On one device only"),
    "ja": ("端末間で同期", "1台の端末のみ"),
}


@pytest.mark.parametrize("screen", SCREENS, ids=str)
async def test_a_customer_keeps_passkeys_and_signs_in_with_them(
    browser: Browser, place: Place, pictures: Path, screen: Screen
) -> None:
    synced, bound = KEPT[screen.language]
    async with (
        walking(browser, place, pictures, screen, "keeper") as person,
        equipped(person) as authenticators,
    ):
        await person.register()
        phone = await authenticators.add(is_synced=True)
        await person.open("/account/passkeys")
        await person.see("none")
        await person.press("form[data-passkey] button")
        await person.see("saved")
        assert await person.page.locator(".badge").all_inner_texts() == [synced]
        kept = await authenticators.credentials(phone)
        assert [one["rpId"] for one in kept] == ["localhost"]
        assert person.email.encode().hex() not in bytes(kept[0]["userHandle"], "ascii").hex()

        await _sign_in_by_autofill(person)
        await _sign_in_by_button(person)

        await authenticators.remove(phone)
        await authenticators.add(is_synced=False)
        await person.open("/account/passkeys")
        await person.page.fill("#name", "台所の鍵 / kitchen")
        await person.press("form[data-passkey] button")
        assert await person.page.locator(".badge").all_inner_texts() == [synced, bound]
        await person.see("several")
        await person.page.click("form[data-passkey] button")  # the same device again
        await person.page.wait_for_selector("[data-passkey-said]:not([hidden])")
        await person.see("known")

        await person.press("ul.rows li:first-child a.button")
        await person.see("change")
        await person.press("form.actions button.danger")
        assert await person.page.locator("ul.rows li").count() == 1
        await person.see("removed")
        assert person.problems == []


@pytest.mark.parametrize("screen", SCREENS, ids=str)
async def test_a_passkey_is_offered_once_after_a_password(
    browser: Browser, place: Place, pictures: Path, screen: Screen
) -> None:
    async with (
        walking(browser, place, pictures, screen, "offered") as person,
        equipped(person) as authenticators,
    ):
        await person.register()
        await authenticators.add(is_synced=True)
        await _sign_in_by_password(person)
        await person.see("offer")
        await person.press("main > a.button")
        assert person.page.url == f"{place.installation.url}/account"
        await _sign_in_by_password(person)
        assert person.page.url == f"{place.installation.url}/account"

        await person.page.context.clear_cookies(name="ciam_passkey_offered")
        await _sign_in_by_password(person)
        await person.press("form[data-passkey] button")
        assert person.page.url == f"{place.installation.url}/account"
        await _sign_in_by_autofill(person)
        assert person.problems == []


async def test_an_app_gets_its_answer_after_an_offer_and_after_autofill(
    browser: Browser, place: Place, pictures: Path
) -> None:
    async with (
        walking(browser, place, pictures, SCREENS[0], "shopper") as person,
        equipped(person) as authenticators,
        place.app() as app,
    ):
        await person.register()
        await authenticators.add(is_synced=True)
        await _sign_out(person)
        attempt = app.begin()
        await person.page.goto(attempt.url)
        await _wait_until_capable(person)
        await person.send({"identifier": person.email, "password": PASSWORD})
        await person.press("form[data-passkey] button")
        await person.press("#decision-accept")
        assert (await app.finish(attempt, person.page.url)).access
        await _sign_out(person)
        again = app.begin(acr_values="urn:ciam:acr:2")
        async with person.page.expect_navigation(url=f"{app.redirect_uri}*"):
            await person.page.goto(again.url, wait_until="commit")
        assert (await app.finish(again, person.page.url)).access
        assert person.problems == []


async def test_a_stranger_registers_with_a_passkey_instead_of_a_password(
    browser: Browser, place: Place, pictures: Path
) -> None:
    async with (
        walking(browser, place, pictures, SCREENS[1], "without") as person,
        equipped(person) as authenticators,
    ):
        await authenticators.add(is_synced=True)
        await person.prove_address()
        await person.see("details")
        await person.page.click("[data-passkey-instead] button")
        await person.page.wait_for_selector("#passkey-ready:not([hidden])")
        await person.see("details-ready")
        await person.agree()
        await person.send({"family_name": "山田", "given_name": "花子"})
        assert person.page.url.endswith("/account")
        await _sign_in_by_autofill(person)
        assert person.problems == []


async def test_without_scripts_the_pages_work_and_no_button_leads_nowhere(
    browser: Browser, place: Place
) -> None:
    context = await browser.new_context(java_script_enabled=False, locale="en-US")
    page = await context.new_page()
    await page.goto(f"{place.installation.url}/sign-in")
    assert await page.locator("form:visible").count() == 1
    assert not await page.locator("form[data-passkey]").is_visible()
    await context.close()


async def _sign_out(person: Walker) -> None:
    await person.open("/account")
    await person.press("form[action='/account/sign-out'] button")


async def _wait_until_capable(person: Walker) -> None:
    await person.page.wait_for_selector("[name=passkey_capable]", state="attached")


async def _sign_in_by_password(person: Walker) -> None:
    await _sign_out(person)
    await person.open("/sign-in")
    await _wait_until_capable(person)
    await person.send({"identifier": person.email, "password": PASSWORD})


async def _sign_in_by_autofill(person: Walker) -> None:
    """Load the page: the authenticator answers at once, as a touch in the list of names would."""
    await _sign_out(person)
    async with person.page.expect_navigation(url="**/account"):
        await person.page.goto(f"{person.installation.url}/sign-in", wait_until="commit")


async def _sign_in_by_button(person: Walker) -> None:
    """Press the button, in a browser that has no autofill."""
    await _sign_out(person)
    await person.page.context.add_init_script(_WITHOUT_AUTOFILL)
    await person.page.evaluate("sessionStorage.setItem('without', 'autofill')")
    await person.open("/sign-in")
    await _wait_until_capable(person)
    await person.see("sign-in")
    await person.press("form[data-passkey] button")
    assert person.page.url.endswith("/account")
    await person.page.evaluate("sessionStorage.clear()")
