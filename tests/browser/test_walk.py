"""The main job in Chromium, page by page, in both languages, on a phone and on a desk."""

import os
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from playwright.async_api import Browser, Response

from tests.browser.walker import PASSWORD, SCHEMES, Place, Screen, Walker, walking
from tests.flows.clients.relying_app import RelyingApp

pytestmark = pytest.mark.browser
NEW_PASSWORD = "another nine wet umbrellas"
PHONE, DESK = Screen("en", 390, "light"), Screen("ja", 1280, "dark")
# Each language and width once, in one scheme; all of them when somebody wants to look.
SCREENS = [PHONE, DESK]
if "CIAM_TEST_PICTURES" in os.environ:
    SCREENS += [
        Screen(language, width, scheme)
        for language in ("en", "ja")
        for width in (390, 1280)
        for scheme in SCHEMES
        if Screen(language, width, scheme) not in (PHONE, DESK)
    ]
ACCOUNT_PAGES = ("", "/profile", "/password", "/sessions", "/apps", "/consents")


@pytest.fixture(params=SCREENS, ids=str)
def screen(request: pytest.FixtureRequest) -> Screen:
    """Give each language on a phone and on a desk, in the light and in the dark."""
    found: Screen = request.param
    return found


async def test_a_stranger_registers_looks_around_and_leaves(
    browser: Browser, place: Place, pictures: Path, screen: Screen
) -> None:
    async with (
        walking(browser, place, pictures, screen, "stranger") as person,
        place.app() as app,
    ):
        await _register(person, app)
        await _look_around(person)
        await _decide_and_remove(person)
        await _sign_out(person)
        assert person.problems == []


async def test_a_customer_has_lost_the_password(
    browser: Browser, place: Place, pictures: Path, screen: Screen
) -> None:
    async with (
        walking(browser, place, pictures, screen, "lost") as person,
        place.app() as app,
    ):
        await _register(person, app, looking=False)
        await _sign_out(person)
        attempt = app.begin()
        await person.page.goto(attempt.url)
        await person.press("main form a.text-link")
        await person.see("recovery")
        await person.send({"email": "nobody at all"})
        await person.see("recovery-refused")
        await person.send({"email": person.email})
        await person.see("recovery-sent")
        letter = await person.read_letter()
        await person.page.goto(letter.link)
        await person.see("link-here")
        await person.press("main form button.primary")
        await person.see("new-password")
        await person.send({"password": PASSWORD[:5]})
        await person.see("new-password-refused")
        await person.send({"password": NEW_PASSWORD})
        assert (await app.finish(attempt, person.page.url)).access
        assert person.problems == []


async def test_pages_for_what_went_wrong_and_what_is_read(
    browser: Browser, place: Place, pictures: Path, screen: Screen
) -> None:
    async with (
        walking(browser, place, pictures, screen, "reader") as person,
        place.app() as app,
    ):
        person.expected = "404"
        await person.open("/nowhere")
        await person.see("not-found")
        person.expected = "400"
        await person.page.goto(app.begin(redirect_uri="https://evil.example/").url)
        await person.see("app-is-wrong")
        await person.open("/verify?journey=made-up")
        await person.see("journey-over")
        person.expected = ""
        await person.open("/verify/link?journey=made-up&token=made-up")
        await person.see("link-elsewhere")
        await person.open("/notices/terms")
        await person.see("notice")
        await person.open("/purposes/travel-offers")
        await person.see("purpose")
        assert person.problems == []


async def test_a_form_carries_the_answer_by_itself(
    browser: Browser, place: Place, pictures: Path
) -> None:
    async with (
        walking(browser, place, pictures, PHONE, "form-post") as person,
        place.app() as app,
    ):
        await _register(person, app, looking=False)
        attempt = app.begin(response_mode="form_post")
        sent = {}
        async with person.page.expect_request(app.redirect_uri) as request:
            await person.page.goto(attempt.url, wait_until="commit")
        sent = dict(parse_qsl((await request.value).post_data or ""))
        assert (await app.finish_with(attempt, sent)).access
        assert person.problems == []


async def test_the_first_page_is_light(browser: Browser, place: Place, pictures: Path) -> None:
    async with walking(browser, place, pictures, PHONE, "light") as person:
        answers: list[Response] = []
        person.page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - a builtin is not taken
        await person.open("/sign-in")
        await person.page.wait_for_load_state("networkidle")
        sizes = {answer.url: len(await answer.body()) for answer in answers if answer.ok}
        assert sum(sizes.values()) < 100_000, sizes


async def test_the_sign_in_page_needs_only_a_keyboard(
    browser: Browser, place: Place, pictures: Path
) -> None:
    async with walking(browser, place, pictures, PHONE, "keys") as person:
        await person.open("/sign-in")
        reached = []
        for _ in range(12):
            reached.append(
                await person.page.evaluate(
                    "[document.activeElement.id, document.activeElement.textContent.trim()]"
                )
            )
            await person.page.keyboard.press("Tab")
        ids = [one[0] for one in reached]
        assert ids[0] == "identifier"
        assert "password" in ids
        said = " ".join(one[1] for one in reached)
        assert "Forgotten your password?" in said
        assert "Create an account" in said
        await person.page.fill("#identifier", "nobody@example.jp")
        await person.page.fill("#password", "not the password")
        async with person.page.expect_navigation():
            await person.page.keyboard.press("Enter")
        assert await person.page.locator("[role=alert]").count() == 1


async def _register(person: Walker, app: RelyingApp, *, looking: bool = True) -> None:
    attempt = app.begin()
    await person.page.goto(attempt.url)
    if looking:
        await _try_to_sign_in(person)
    await person.press("main p.after a")
    if looking:
        await _mistype_the_address(person)
    await person.send({"email": person.email})
    if looking:
        await person.see("verify")
        await person.send({"code": "000000"})
        await person.see("verify-refused")
    await person.send({"code": (await person.read_letter()).code})
    await _give_details(person, looking=looking)
    if looking:
        await person.see("consent")
    await person.press("#decision-accept")
    assert person.page.url.startswith(f"{app.redirect_uri}?")
    assert (await app.finish(attempt, person.page.url)).access


async def _try_to_sign_in(person: Walker) -> None:
    await person.see("sign-in")
    await person.send({"identifier": person.email, "password": "not the password"})
    await person.see("sign-in-refused")


async def _mistype_the_address(person: Walker) -> None:
    await person.see("sign-up")
    await person.send({"email": "nobody at all"})
    await person.see("sign-up-refused")


async def _give_details(person: Walker, *, looking: bool) -> None:
    if looking:
        await person.see("details")
        await person.send({"family_name": "", "given_name": "花子", "password": "short"})
        await person.see("details-refused")
    await person.page.check("#notice-terms")
    await person.page.check("#notice-privacy")
    await person.page.check("#purpose-newsletter-give")
    names = {"family_name": "山田", "given_name": "花子", "password": PASSWORD}
    for name, value in names.items():
        await person.page.fill(f"#{name.replace('_', '-')}", value)
    if looking:
        await person.page.wait_for_timeout(500)  # the strength is said a little later
        await person.see("details-filled")
    await person.press("main form button.primary")


async def _look_around(person: Walker) -> None:
    for path in ACCOUNT_PAGES:
        await person.open(f"/account{path}")
        await person.see(f"account{path.replace('/', '-')}")
    await person.press("main ul.rows li .row-lead a, main li.row.tight a.text-link")
    await person.see("receipt")
    await person.open("/account/password")
    await person.send({"current_password": "not the password", "password": "short"})
    await person.see("account-password-refused")


async def _decide_and_remove(person: Walker) -> None:
    await person.open("/account/consents")
    await person.press("#purpose-newsletter button")
    await person.see("account-consents-withdrawn")
    await person.open("/account/apps")
    await person.press("main li.row a.button")
    await person.see("account-app-remove")
    await person.press("main form button.danger")
    await person.see("account-app-removed")


async def _sign_out(person: Walker) -> None:
    await person.open("/end-session?client_id=shop")
    await person.see("sign-out")
    await person.press("main form button.primary")
    await person.see("signed-out")
