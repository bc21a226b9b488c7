"""A later sign-in asks the next thing of the profile: answered, put off, or needed to go on."""

from datetime import timedelta
from urllib.parse import urlsplit

import pyotp
from sqlalchemy import func, select
from starlette.applications import Starlette

from ciam.storage.tables.customers import attribute_value
from ciam.storage.tables.sessions import customer_session
from tests.factories.attributes import INTERESTS, define
from tests.flows.account_people import PASSWORD, make_person, sign_in
from tests.flows.own_apps import NATIVE, NativeApp, Script, faults_of, register_apps
from tests.flows.shop import answer_of, browser_of, link, register
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

TARO = "taro@example.jp"
ONE_QUESTION = "One question"
NEEDED = "One thing is still needed"


async def _card(app: Starlette, *, required: bool = False, after: int = 0) -> None:
    """Ask for the number of a card at sign-ins."""
    await define(
        app.state.parts.database, "card_number", type="text", pattern="[0-9]{4}",
        labels={"en": "Card number", "ja": "カード番号"}, hints={"en": "Four digits"},
        sign_in={"required": required, "after_sign_ins": after, "ask_again": 86400},
    )  # fmt: skip


async def _interests(app: Starlette, *, required: bool = False) -> None:
    await define(
        app.state.parts.database, "interests", type="choices", choices=INTERESTS, order=2000,
        labels={"en": "What do you like?"}, sign_in={"required": required, "after_sign_ins": 0},
    )  # fmt: skip


async def _password(app: Starlette, browser: PlainBrowser) -> Page:
    page = await browser.open(f"{app.state.parts.settings.issuer}/sign-in?fresh=1")
    return await page.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})


async def _known(app: Starlette, claim: str) -> object:
    async with app.state.parts.database.read() as transaction:
        found = await transaction.identifiers.find_login(TARO)
        assert found is not None
        values = await transaction.attributes.list_current(found.customer)
    return next((one.value for one in values if one.claim == claim), None)


async def _sessions(app: Starlette) -> int:
    async with app.state.parts.database.read() as transaction:
        query = select(func.count()).select_from(customer_session)
        return await transaction.connection.scalar(query) or 0


def _path(page: Page) -> str:
    return urlsplit(page.url).path


async def test_an_answer_is_kept_and_completes_the_sign_in(
    app: Starlette, person: PlainBrowser
) -> None:
    await make_person(app)
    await _card(app)
    page = await _password(app, person)
    assert (page.heading, _path(page)) == (ONE_QUESTION, "/profile-question")
    assert await _sessions(app) == 0, "nobody is signed in before"
    page = await page.submit("Next", {"Card number": "1234"})
    assert (page.status, _path(page)) == (200, "/account")
    assert await _known(app, "card_number") == "1234"
    again = await _password(app, person)
    assert _path(again) == "/account", "it is known now"


async def test_a_question_is_put_off_and_asked_again_only_after_its_time(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    await make_person(app)
    await _card(app)
    page = await _password(app, person)
    page = await page.submit("Not now")
    assert _path(page) == "/account"
    clock.advance(timedelta(hours=23))
    assert _path(await _password(app, person)) == "/account"
    clock.advance(timedelta(hours=1))
    assert (await _password(app, person)).heading == ONE_QUESTION
    assert await _known(app, "card_number") is None


async def test_it_is_asked_after_so_many_sign_ins(app: Starlette, person: PlainBrowser) -> None:
    await make_person(app)
    await _card(app, after=2)
    for _ in range(2):
        assert _path(await _password(app, person)) == "/account"
    assert (await _password(app, person)).heading == ONE_QUESTION


async def test_it_is_asked_when_the_account_is_old_enough(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    await make_person(app)
    await define(
        app.state.parts.database, "birthdate", type="date", sign_in={"after_sign_ins": 0,
        "after_days": 3},
    )  # fmt: skip
    assert _path(await _password(app, person)) == "/account"
    clock.advance(timedelta(days=3))
    page = await _password(app, person)
    [control] = page.soup.select("input[type=date]")
    assert control["autocomplete"] == "bday"
    await page.submit("Next", {"Date of birth": "1990-04-01"})
    assert await _known(app, "birthdate") == "1990-04-01"


async def test_what_does_not_fit_is_said_at_its_field_and_stays_typed(
    app: Starlette, person: PlainBrowser
) -> None:
    await make_person(app)
    await _card(app)
    page = await _password(app, person)
    for typed in ("", "12a4", "12345"):
        page = await page.submit("Next", {"Card number": typed})
        assert page.status == 422
        field = page.soup.select_one("#attribute-card-number")
        assert field is not None
        described = str(field["aria-describedby"]).split()
        assert described == ["attribute-card-number-error", "attribute-card-number-hint"]
        assert all(page.soup.select(f"#{one}") for one in described)
        assert (field["value"], field["aria-invalid"]) == (typed, "true")
    assert await _sessions(app) == 0


async def test_what_is_required_cannot_be_put_off(app: Starlette, person: PlainBrowser) -> None:
    await make_person(app)
    await _card(app, required=True)
    page = await _password(app, person)
    assert page.heading == NEEDED
    form = page.form("Next")
    assert form.labels() == ["Card number"]
    assert not page.soup.select("[name=skip]")
    sent = dict(form.submit().entries)
    forced = await person.post(page.url, {**sent, "skip": "yes"}, initiator=page.url)
    assert (forced.status, forced.heading) == (422, NEEDED)
    away = await person.open(f"{app.state.parts.settings.issuer}/account")
    assert away.heading == "Sign in"
    page = await page.submit("Next", {"Card number": "1234"})
    assert _path(page) == "/account"


async def test_one_thing_at_a_sign_in_but_all_that_is_required(
    app: Starlette, person: PlainBrowser
) -> None:
    await make_person(app)
    await _card(app)
    await _interests(app, required=True)
    page = await _password(app, person)
    assert page.heading == NEEDED
    first = dict(page.form("Next").submit().entries)
    page = await page.submit("Next", {"attribute_interests.books": True})
    assert _path(page) == "/account", "one thing is enough for today"
    assert await _known(app, "interests") == ["books"]
    page = await _password(app, person)
    assert page.heading == ONE_QUESTION
    stale = await person.post(page.url, first, initiator=page.url)
    assert (stale.heading, stale.status) == (ONE_QUESTION, 200), "an old form answers nothing"


async def test_a_form_sent_twice_has_one_effect_and_one_answer(
    app: Starlette, person: PlainBrowser
) -> None:
    await make_person(app)
    await _card(app)
    page = await _password(app, person)
    form = page.form("Next")
    form.fill({"Card number": "1234"})
    sent = form.submit()
    first = await person.post(sent.url, dict(sent.entries), initiator=page.url)
    kept = person.cookies.header(first.url, initiator=first.url, method="GET")
    again = await person.post(sent.url, dict(sent.entries), initiator=page.url)
    assert first.url == again.url
    assert person.cookies.header(first.url, initiator=first.url, method="GET") == kept
    assert await _sessions(app) == 1
    async with app.state.parts.database.read() as transaction:
        rows = await transaction.connection.scalar(
            select(func.count()).where(attribute_value.c.attribute == "card_number")
        )
    assert rows == 1
    other = {**dict(sent.entries), "ticket": "another"}
    stranger = await person.post(sent.url, other, initiator=page.url)
    assert not stranger.hops[0].headers.get_list("set-cookie")


async def test_another_browser_and_a_form_without_its_token_answer_nothing(
    app: Starlette, person: PlainBrowser
) -> None:
    await make_person(app)
    await _card(app)
    page = await _password(app, person)
    sent = dict(page.form("Next").submit().entries) | {"attribute_card_number": "1234"}
    async with PlainBrowser(apps={app.state.parts.settings.issuer: app}) as other:
        assert (await other.open(page.url)).status == 400
    bare = {name: value for name, value in sent.items() if name != "csrf_token"}
    assert (await person.post(page.url, bare, initiator=page.url)).status == 403
    assert await _known(app, "card_number") is None


async def test_a_credential_event_in_between_ends_it(app: Starlette, person: PlainBrowser) -> None:
    customer = await make_person(app)
    await _card(app)
    page = await _password(app, person)
    async with app.state.parts.database.write() as transaction:
        await transaction.customers.raise_credential_epoch(customer.id)
    page = await page.submit("Next", {"Card number": "1234"})
    assert page.status == 422
    assert await _sessions(app) == 0
    assert await _known(app, "card_number") is None


async def test_an_attribute_that_is_asked_no_more_lets_go_on(
    app: Starlette, person: PlainBrowser
) -> None:
    await make_person(app)
    await _card(app, required=True)
    page = await _password(app, person)
    async with app.state.parts.database.write() as transaction:
        await transaction.attribute_definitions.remove("card_number")
        await transaction.config.raise_generation()
    page = await person.open(page.url)
    assert page.heading == "That is all"
    assert _path(await page.submit("Next")) == "/account"


async def test_an_app_gets_its_answer_only_after_the_required_one(app: Starlette) -> None:
    await register(app, first_party=True)
    customer = await make_person(app)
    async with browser_of(app) as browser:
        await sign_in(app, browser, customer)
        assert "code" in answer_of(await browser.open(link(app, {"prompt": "none"})))
        await _card(app, required=True)
        silent = answer_of(await browser.open(link(app, {"prompt": "none"})))
        assert silent["error"] == "interaction_required"
        page = await browser.open(link(app))
        assert page.heading == NEEDED
        form = page.form("Next")
        form.fill({"Card number": "1234"})
        sent = form.submit()
        assert "code" in answer_of(await page.submit("Next", {"Card number": "1234"}))
        assert await _sessions(app) == 1, "the session goes on as it is"
        again = await browser.post(sent.url, dict(sent.entries), initiator=page.url)
        assert again.hops[0].status == 303
        assert "code" in answer_of(await browser.open(link(app, {"prompt": "none"})))


async def test_what_is_not_required_is_not_asked_of_who_is_signed_in(app: Starlette) -> None:
    await register(app, first_party=True)
    customer = await make_person(app)
    await _card(app)
    async with browser_of(app) as browser:
        await sign_in(app, browser, customer)
        assert "code" in answer_of(await browser.open(link(app)))


async def test_a_script_asks_the_same_question(app: Starlette) -> None:
    await register_apps(app)
    await make_person(app)
    await _interests(app)
    async with Script(app) as script:
        journey = await script.begin()
        answer = await script.submit(journey, identifier=TARO, password=PASSWORD)
        asked = answer.json()
        assert (asked["step"], asked["title"]) == ("question", ONE_QUESTION)
        assert not [one for one in answer.headers.get_list("set-cookie") if "session" in one]
        ticket, field = asked["fields"]
        assert (ticket["type"], field["type"]) == ("hidden", "select-multiple")
        assert [one["label"] for one in field["options"]] == ["Music", "Sports", "Books"]
        assert [one["action"] for one in asked["actions"]] == ["skip_question"]
        wrong = await script.submit(asked, ticket=ticket["value"], attribute_interests="chess")
        assert faults_of(wrong) == {"#/fields/attribute_interests": "Choose from the list."}
        done = await script.submit(asked, ticket=ticket["value"], attribute_interests="books,music")
        assert done.json()["step"] == "done"
        assert await _known(app, "interests") == ["music", "books"]
        again = await script.submit(asked, ticket=ticket["value"], attribute_interests="books")
        assert again.json()["step"] == "done"
        assert await _known(app, "interests") == ["music", "books"]


async def test_a_native_app_asks_it_too_and_may_put_it_off(app: Starlette) -> None:
    await register_apps(app)
    await make_person(app)
    await _interests(app)
    async with NativeApp(app, NATIVE) as native:
        journey = await native.begin()
        answer = await native.submit(journey, identifier=TARO, password=PASSWORD)
        asked = answer.json()
        assert asked["step"] == "question"
        refused = await native.challenge()
        assert refused.json()["journey"]["step"] == "question", "no code before the answer"
        ticket = asked["fields"][0]["value"]
        done = await native.submit(asked, "skip_question", ticket=ticket)
        assert done.json()["step"] == "done"
        assert (await native.finish())["token_type"] == "Bearer"


async def test_a_required_one_is_asked_at_the_challenge_of_who_is_signed_in(
    app: Starlette,
) -> None:
    await register_apps(app)
    await make_person(app)
    async with NativeApp(app, NATIVE) as native:
        journey = await native.begin()
        await native.submit(journey, identifier=TARO, password=PASSWORD)
        await native.finish()
        await _card(app, required=True)
        asked = (await native.challenge()).json()["journey"]
        assert (asked["step"], asked["actions"]) == ("question", [])
        ticket = asked["fields"][0]["value"]
        kept = await native.submit(asked, "skip_question", ticket=ticket)
        assert kept.status_code == 422
        await native.submit(asked, ticket=ticket, attribute_card_number="1234")
        assert (await native.finish())["token_type"] == "Bearer"


async def test_a_step_up_asks_only_what_is_required_and_reaches_its_level(
    app: Starlette, clock: FakeClock
) -> None:
    await register(app, first_party=True)
    customer = await make_person(app)
    async with browser_of(app) as browser:
        await sign_in(app, browser, customer)
        page = await browser.open(f"{app.state.parts.settings.issuer}/account/second-factor")
        secret = page.soup.select_one(".copy-line .id")
        assert secret is not None
        seed = secret.text.replace(" ", "")
        await page.submit("Switch it on", {"Six-digit code": _totp(clock, seed)})
        clock.advance(timedelta(seconds=31))
        await _interests(app)
        await _card(app, required=True)
        await sign_in(app, browser, customer)
        page = await browser.open(link(app, {"acr_values": "urn:ciam:acr:2"}))
        assert _path(page) == "/second-factor"
        page = await page.submit("Sign in", {"Six-digit code": _totp(clock, seed)})
        assert page.heading == NEEDED
        assert "code" in answer_of(await page.submit("Next", {"Card number": "1234"}))
    async with app.state.parts.database.read() as transaction:
        levels = [one.acr for one in await transaction.sessions.list_for(customer.id)]
    assert "urn:ciam:acr:2" in levels


def _totp(clock: FakeClock, seed: str) -> str:
    return pyotp.TOTP(seed).at(clock.now())
