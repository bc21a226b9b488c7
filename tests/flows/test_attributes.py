"""The forms that the schema draws: what sign-up asks, and what the account lets one change."""

from typing import Any

from starlette.applications import Starlette

from tests.factories.attributes import INTERESTS, define
from tests.flows.account_people import make_person, sign_in
from tests.flows.mailbox import Mailbox
from tests.flows.own_apps import Script, faults_of, register_apps
from tests.flows.shop import browser_of, link, register
from tests.parts.plain_browser import Page, PlainBrowser

HANAKO = "hanako@example.jp"
DETAILS = {"Family name": "山田", "Given name": "花子", "Password": "a password nobody guesses"}


async def _define_all(app: Starlette, **more: Any) -> None:  # noqa: ANN401 - as a file says it
    database = app.state.parts.database
    words = {"labels": {"en": "Card number", "ja": "カード番号"}, "hints": {"en": "Four digits"}}
    await define(database, "card_number", type="text", pattern="[0-9]{4}", **words, **more)
    await define(database, "interests", type="choices", labels={"en": "Interests"},
                 choices=INTERESTS, **more)  # fmt: skip
    await define(database, "dm", type="yes_no", labels={"en": "Paper mail"}, **more)
    await define(database, "shop", type="choice", labels={"en": "Shop"}, choices=[
        {"value": f"s{n}", "labels": {"en": f"Shop {n}"}} for n in range(20)], **more)  # fmt: skip
    await define(database, "nation", type="country", labels={"en": "Nationality"}, **more)
    await define(database, "since", type="date", latest="today", labels={"en": "Since"}, **more)
    await define(database, "family", type="number", minimum=1, maximum=20,
                 labels={"en": "Family size"}, **more)  # fmt: skip
    await define(database, "wishes", type="long_text", labels={"en": "Wishes"}, **more)
    await define(database, "blog", type="url", labels={"en": "Blog"}, **more)


WRONG = {
    "attribute_card_number": "12", "attribute_dm": "perhaps", "attribute_shop": "s99",
    "attribute_nation": "ZZ", "attribute_since": "2999-01-01", "attribute_family": "0",
    "attribute_wishes": "x" * 2001, "attribute_blog": "nothing",
    "attribute_interests": "chess",
}  # fmt: skip
RIGHT = {
    "attribute_card_number": "1234", "attribute_dm": "no", "attribute_shop": "s7",
    "attribute_nation": "JP", "attribute_since": "2020-04-01", "attribute_family": "4",
    "attribute_wishes": "one\r\ntwo", "attribute_blog": "https://example.jp/",
    "attribute_interests.books": "yes",
}  # fmt: skip
KNOWN = {
    "card_number": "1234", "dm": False, "shop": "s7", "nation": "JP", "since": "2020-04-01",
    "family": 4, "wishes": "one\ntwo", "blog": "https://example.jp/", "interests": ["books"],
}  # fmt: skip


async def _prove(app: Starlette, browser: PlainBrowser, mailbox: Mailbox) -> Page:
    page = await browser.open(f"{app.state.parts.settings.issuer}/sign-up")
    page = await page.submit("Next", {"E-mail address": HANAKO})
    return await page.submit("Next", {"Six-digit code": (await mailbox.newest(HANAKO)).code})


async def _values(app: Starlette, login: str) -> dict[str, Any]:
    async with app.state.parts.database.read() as transaction:
        found = await transaction.identifiers.find_login(login)
        assert found is not None
        values = await transaction.attributes.list_current(found.customer)
    return {one.claim: one.value for one in values}


def _described(page: Page, name: str) -> None:
    """Check that a field is marked as wrong and that what describes it is there."""
    control = page.soup.select_one(f"#{name}")
    assert control is not None, name
    assert control["aria-invalid"] == "true", name
    for one in str(control["aria-describedby"]).split():
        assert page.soup.select(f"#{one}"), one


async def test_with_nothing_configured_sign_up_asks_as_before(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    page = await _prove(app, person, mailbox)
    shown = page.soup.select("form input:not([type=hidden])")
    controls = [one["name"] for one in shown]
    assert controls == ["given_name", "family_name", "username", "password"]
    for name in ("family-name", "given-name"):
        [field] = page.soup.select(f"input[autocomplete={name}]")
        assert field.has_attr("required")
    japanese = await person.open(f"{page.url}&ui_locales=ja")
    names = [str(one["name"]) for one in japanese.soup.select(".side-by-side input")]
    assert names == ["family_name", "given_name"]


async def test_sign_up_asks_what_the_schema_says_and_keeps_what_was_typed(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await _define_all(app, sign_up="optional")
    page = await _prove(app, person, mailbox)
    sent = dict(page.form("Create the account").submit().entries)
    typed = {"family_name": "山田", "given_name": "花子", "password": DETAILS["Password"]}
    page = await person.post(page.url, {**sent, **typed, **WRONG}, initiator=page.url)
    assert page.status == 422
    for name in WRONG:
        _described(page, name.replace("_", "-"))
    for name in ("attribute_card_number", "attribute_since", "attribute_family", "attribute_blog"):
        [control] = page.soup.select(f"[name={name}]")
        assert control["value"] == WRONG[name]
    named = [one.text for one in page.soup.select("#error-summary li strong")]
    assert len(named) == len(WRONG)
    assert "Card number" in named
    page = await person.post(page.url, {**sent, **typed, **RIGHT}, initiator=page.url)
    assert page.url.endswith("/account")
    assert await _values(app, HANAKO) == KNOWN | {"family_name": "山田", "given_name": "花子"}


async def test_what_is_required_at_sign_up_has_to_be_answered(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await _define_all(app, sign_up="required")
    await define(app.state.parts.database, "family_name", sign_up="no")
    page = await _prove(app, person, mailbox)
    page = await page.submit("Create the account", {"Given name": "花子"})
    assert page.status == 422
    assert "Fill this in: Card number" in page.text
    assert "Choose an answer: Paper mail" in page.text
    for name in WRONG:
        _described(page, name.replace("_", "-"))
    assert "family_name" not in page.body


async def test_the_account_shows_and_changes_what_the_schema_says(
    app: Starlette, person: PlainBrowser
) -> None:
    await _define_all(app)
    customer = await make_person(app)
    await sign_in(app, person, customer)
    url = f"{app.state.parts.settings.issuer}/account/profile"
    page = await person.open(url)
    sent = dict(page.form("Save").submit().entries)
    page = await person.post(url, {**sent, **WRONG}, initiator=url)
    assert page.status == 422
    for name in WRONG:
        _described(page, name.replace("_", "-"))
    page = await person.post(url, {**sent, **RIGHT}, initiator=url)
    assert "Your details were saved." in page.text
    values = await _values(app, "taro@example.jp")
    assert KNOWN.items() <= values.items()
    kept = dict(page.form("Save").submit().entries)
    assert {name: kept.get(name) for name in RIGHT} == RIGHT
    unticked = {name: one for name, one in kept.items() if name != "attribute_interests.books"}
    await person.post(url, unticked, initiator=url)
    assert "interests" not in await _values(app, "taro@example.jp")


async def test_what_customers_may_only_read_is_shown_and_what_is_hidden_is_not(
    app: Starlette, person: PlainBrowser
) -> None:
    customer, database = await make_person(app), app.state.parts.database
    for key, right in (("grade", "read"), ("score", "none")):
        await define(database, key, type="choice", choices=INTERESTS, customer=right,
                     services="write", labels={"en": key.title()})  # fmt: skip
    async with database.write() as transaction:
        for key in ("grade", "score"):
            await transaction.attributes.put(customer.id, key, "", "music", source="api")
    await sign_in(app, person, customer)
    page = await person.open(f"{app.state.parts.settings.issuer}/account/profile")
    assert "Grade" in page.text
    assert "Music" in page.text, "the words of the choice, not its value"
    assert "Score" not in page.text
    sent = dict(page.form("Save").submit().entries)
    forced = {**sent, "attribute_grade": "books", "attribute_score": "books"}
    await person.post(page.url, forced, initiator=page.url)
    assert {"grade": "music", "score": "music"}.items() <= (
        await _values(app, "taro@example.jp")
    ).items()


async def test_the_form_is_in_the_language_of_the_reader(
    app: Starlette, person: PlainBrowser
) -> None:
    await _define_all(app)
    await sign_in(app, person, await make_person(app))
    url = f"{app.state.parts.settings.issuer}/account/profile"
    page = await person.open(f"{url}?ui_locales=ja")
    assert "カード番号" in page.text
    assert "音楽" in page.text
    [japan] = page.soup.select("option[value=JP]")
    assert japan.text == "日本"


async def test_a_script_is_asked_the_same_at_sign_up(app: Starlette, mailbox: Mailbox) -> None:
    await register_apps(app)
    await _define_all(app, sign_up="required")
    async with Script(app) as script:
        journey = await script.begin("sign_up")
        journey = (await script.submit(journey, email=HANAKO)).json()
        code = (await mailbox.newest(HANAKO)).code
        journey = (await script.submit(journey, code=code)).json()
        fields = {one["name"]: one for one in journey["fields"]}
        assert fields["attribute_card_number"]["hint"] == "Four digits"
        assert fields["attribute_card_number"]["pattern"] is None, "no browser has to run it"
        assert fields["attribute_nation"]["type"] == "select-one"
        typed = {"family_name": "山田", "given_name": "花子", "password": DETAILS["Password"]}
        wrong = await script.submit(journey, **typed, **WRONG)
        assert set(faults_of(wrong)) == {f"#/fields/{name}" for name in WRONG}
        done = await script.submit(journey, **typed, **RIGHT)
        assert done.json()["step"] == "done", done.text
    assert KNOWN.items() <= (await _values(app, HANAKO)).items()


async def test_the_consent_page_does_not_show_what_customers_may_not_see(app: Starlette) -> None:
    await register(app)
    customer, database = await make_person(app), app.state.parts.database
    await define(database, "gender", customer="none")
    async with database.write() as transaction:
        await transaction.attributes.put(customer.id, "gender", "", "a secret", source="api")
    async with browser_of(app) as browser:
        await sign_in(app, browser, customer)
        page = await browser.open(link(app, {"scope": "openid profile"}))
    assert page.url.partition("?")[0].endswith("/consent")
    assert "山田" in page.text
    assert "a secret" not in page.body
    assert "Gender" not in page.text
