"""A person comes back and signs in; a stranger learns nothing and gets nowhere."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

from ciam.audit.trail import Actor
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import SIGN_IN, Requirement, begin
from ciam.customers.customer import create_customer, disable_customer
from ciam.identifiers import hash_secret
from ciam.policies import LimitPolicy, SignInPolicy
from tests.flows.account_people import PASSWORD, make_person
from tests.flows.mailbox import Mailbox
from tests.flows.pages import browser_of, open_page, url_of
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

TARO = "taro@example.jp"
WRONG = "That e-mail address and password do not match."


async def _sign_in(
    app: Starlette, browser: PlainBrowser, password: str = PASSWORD, name: str = TARO
) -> Page:
    page = await open_page(app, browser, "/sign-in?fresh=1")
    return await page.submit("Sign in", {"identifier": name, "Password": password})


async def _set_policy(app: Starlette, policy: SignInPolicy) -> None:
    async with app.state.parts.database.write() as transaction:
        await transaction.policies.put("sign_in", policy.model_dump(), managed_by="test")
        await transaction.config.raise_generation()


def _session(browser: PlainBrowser, app: Starlette) -> str:
    url = url_of(app, "/account")
    cookies = browser.cookies.header(url, initiator=url, method="GET")
    found = re.search(r"ciam_session=([^;]+)", cookies or "")
    return found[1] if found else ""


async def test_a_person_signs_in_and_is_back_where_they_came_from(
    app: Starlette, person: PlainBrowser
) -> None:
    await make_person(app, TARO)
    page = await open_page(app, person, "/account/sessions")
    assert page.heading == "Sign in"
    page = await page.submit("Sign in", {"identifier": " TARO@Example.JP ", "Password": PASSWORD})
    assert page.url == url_of(app, "/account/sessions")
    assert page.status == 200
    page = await open_page(app, person, "/sign-in")
    assert page.url == url_of(app, "/account"), "who is signed in is not asked again"


async def test_the_session_is_new_at_each_sign_in_and_the_old_one_is_dead(
    app: Starlette, person: PlainBrowser
) -> None:
    await make_person(app, TARO)
    await _sign_in(app, person)
    old = _session(person, app)
    page = await _sign_in(app, person)
    assert page.url == url_of(app, "/account")
    assert _session(person, app) not in {old, ""}
    async with browser_of(app) as thief:
        thief.cookies.store(url_of(app, "/"), f"ciam_session={old}; Path=/; HttpOnly")
        page = await open_page(app, thief, "/account")
        assert page.heading == "Sign in"


async def test_a_session_planted_before_does_not_become_the_customers(
    app: Starlette, person: PlainBrowser
) -> None:
    await make_person(app, TARO)
    await make_person(app, "thief@example.com")
    async with browser_of(app) as thief:
        await _sign_in(app, thief, name="thief@example.com")
        planted = _session(thief, app)
        person.cookies.store(url_of(app, "/"), f"ciam_session={planted}; Path=/; HttpOnly")
        page = await _sign_in(app, person)
        assert "太郎" in page.heading
        page = await open_page(app, thief, "/account")
        assert page.heading == "Sign in", "the planted session ended"


@pytest.mark.parametrize(
    ("name", "password"),
    [(TARO, "not the password"), ("nobody@example.jp", PASSWORD), (TARO, PASSWORD + " ")],
)
async def test_what_does_not_match_is_refused_with_one_sentence(
    app: Starlette, person: PlainBrowser, name: str, password: str
) -> None:
    await make_person(app, TARO)
    page = await _sign_in(app, person, password, name)
    assert page.status == 422
    assert any(WRONG in alert for alert in page.alerts)
    form = page.form("Sign in")
    assert form.value("identifier") == name
    assert form.value("Password") == ""
    assert _session(person, app) == ""


async def test_empty_fields_are_named(app: Starlette, person: PlainBrowser) -> None:
    page = await _sign_in(app, person, "", "")
    assert "Enter your e-mail address." in page.text
    assert "Enter your password." in page.text


def _masked(page: Page) -> tuple[int, list[tuple[str, str]], str]:
    """Give an answer without what is new in every answer."""
    noise = re.compile(
        r'(name="csrf_token" value="|journey=|from=|nonce[=-]"?|challenge(?:&#34;|")\W+)[^"&]+'
    )
    headers = [
        (name, re.sub(r"=[^;]+", "=…", value, count=1) if name == "set-cookie" else value)
        for name, value in page.headers.multi_items()
        if name not in {"x-request-id", "content-security-policy"}
    ]
    return page.status, headers, noise.sub(r"\1", page.body)


async def test_known_unknown_disabled_unproven_and_passwordless_get_the_same_answer(
    app: Starlette,
) -> None:
    names = [f"{who}@example.jp" for who in ("known0", "barred", "unprov", "nopass", "nobody")]
    parts = app.state.parts
    await make_person(app, names[0])
    disabled = await make_person(app, names[1])
    stored = await parts.hasher.hash(PASSWORD, parts.database.keys)
    async with parts.database.write() as transaction:
        await disable_customer(transaction, disabled.id, "test", actor=Actor.server())
        for name, secret in ((names[2], stored), (names[3], None)):
            await create_customer(
                transaction, email=name, email_verified_at=None, password_hash=secret,
                attributes={}, language="en", source="cli",
            )  # fmt: skip
    answers = set()
    for name in names:
        async with browser_of(app) as browser:
            page = await _sign_in(app, browser, "not the password", name)
            status, headers, body = _masked(page)
            answers.add((status, tuple(headers), body.replace(name, "NAME")))
    assert len(answers) == 1


async def test_a_disabled_customer_does_not_get_in(app: Starlette, person: PlainBrowser) -> None:
    customer = await make_person(app, TARO)
    async with app.state.parts.database.write() as transaction:
        await disable_customer(transaction, customer.id, "test", actor=Actor.server())
    page = await _sign_in(app, person)
    assert page.status == 422
    assert _session(person, app) == ""


async def test_a_form_sent_twice_begins_one_session(app: Starlette, person: PlainBrowser) -> None:
    customer = await make_person(app, TARO)
    page = await open_page(app, person, "/sign-in")
    form = page.form("Sign in")
    form.fill({"identifier": TARO, "Password": PASSWORD})
    sent = form.submit()
    first = await person.post(sent.url, dict(sent.entries), initiator=page.url)
    cookie = first.hops[0].headers.get_list("set-cookie")
    again = await person.post(sent.url, dict(sent.entries), initiator=page.url)
    assert first.url == again.url == url_of(app, "/account")
    assert again.hops[0].headers.get_list("set-cookie") == cookie, "the same answer"
    async with app.state.parts.database.read() as transaction:
        assert len(await transaction.sessions.list_for(customer.id)) == 1
    wrong = dict(sent.entries) | {"password": "not the password"}
    again = await person.post(sent.url, wrong, initiator=page.url)
    assert again.hops[0].headers.get_list("set-cookie") == []


async def test_a_form_without_its_token_or_from_elsewhere_is_refused(
    app: Starlette, person: PlainBrowser
) -> None:
    await make_person(app, TARO)
    page = await open_page(app, person, "/sign-in")
    form = page.form("Sign in")
    form.fill({"identifier": TARO, "Password": PASSWORD})
    entries = dict(form.submit().entries)
    for changed, initiator in (
        ({**entries, "csrf_token": ""}, page.url),
        (entries, "https://elsewhere.example.com/"),
    ):
        answer = await person.post(page.url, changed, initiator=initiator)
        assert answer.status == 403
    async with browser_of(app) as other:
        stranger = await open_page(app, other, "/sign-in")
        token = stranger.form("Sign in").value("csrf_token")
        answer = await person.post(page.url, {**entries, "csrf_token": token}, initiator=page.url)
        assert answer.status == 403
    assert _session(person, app) == ""


async def test_strangers_are_locked_out_and_the_known_device_is_not(
    app: Starlette, person: PlainBrowser
) -> None:
    await make_person(app, TARO)
    await _sign_in(app, person)
    async with browser_of(app) as stranger:
        statuses = [(await _sign_in(app, stranger, "guess")).status for _ in range(12)]
        assert statuses == [422] * LimitPolicy().password_failures + [429] * 2
        page = await _sign_in(app, stranger)
        assert page.status == 429, "the right password too"
        assert "too many attempts" in page.text
        assert int(page.headers["retry-after"]) > 60
    page = await _sign_in(app, person)
    assert page.url == url_of(app, "/account")


async def test_a_lock_out_ends_by_itself_and_counts_the_name_however_typed(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    await make_person(app, TARO)
    typings = [TARO, "TARO@example.jp", "ｔａｒｏ@example.jp", " taro@EXAMPLE.JP"]
    for number in range(10):
        await _sign_in(app, person, "guess", typings[number % 4])
    page = await _sign_in(app, person)
    assert page.status == 429
    clock.advance(timedelta(seconds=int(page.headers["retry-after"])))
    assert (await _sign_in(app, person)).status == 200


async def test_a_forwarded_address_of_a_strangers_own_making_changes_nothing(
    app: Starlette,
) -> None:
    await make_person(app, TARO)
    statuses = []
    for number in range(11):
        async with PlainBrowser(
            apps={app.state.parts.settings.issuer: app},
            headers={"X-Forwarded-For": f"192.0.2.{number}", "Forwarded": f"for=192.0.2.{number}"},
        ) as browser:
            statuses.append((await _sign_in(app, browser, "guess")).status)
    assert statuses == [422] * 10 + [429]


async def test_the_name_first_and_then_the_password(app: Starlette, person: PlainBrowser) -> None:
    await make_person(app, TARO)
    await _set_policy(app, SignInPolicy(layout="identifier_first"))
    page = await open_page(app, person, "/sign-in")
    assert page.form("Next").labels() == ["E-mail address"]
    for name in ("nobody@example.jp", TARO):
        page = await page.submit("Next", {"identifier": name})
        assert page.heading == "Sign in"
        assert name in page.text
        if name != TARO:
            page = await page.follow("Use another")
    page = await page.submit("Sign in", {"Password": "not the password"})
    assert page.status == 422
    page = await page.submit("Sign in", {"Password": PASSWORD})
    assert page.url == url_of(app, "/account")


async def test_registration_may_be_closed(app: Starlette, person: PlainBrowser) -> None:
    await _set_policy(app, SignInPolicy(sign_up="closed"))
    page = await open_page(app, person, "/sign-in")
    assert "Create an account" not in page.text
    page = await open_page(app, person, "/sign-up")
    assert page.status == 403


async def test_a_new_device_is_told_to_the_customer_a_known_one_is_not(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await make_person(app, TARO)
    await _sign_in(app, person)
    await _sign_in(app, person)
    assert await mailbox.all() == [], "neither the first device nor a known one"
    async with browser_of(app) as other:
        await _sign_in(app, other)
    assert ["New sign-in" in mail.subject for mail in await mailbox.to(TARO)] == [True]


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example.com/",
        "//elsewhere.example.com/account",
        "/\\elsewhere.example.com",
        "/account/../../elsewhere",
        "/token",
        "javascript:alert(1)",
        "/account\r\nSet-Cookie: a=b",
        "",
    ],
)
async def test_only_pages_of_our_own_are_returned_to(
    app: Starlette, person: PlainBrowser, target: str
) -> None:
    await make_person(app, TARO)
    page = await open_page(app, person, f"/sign-in?{urlencode({'return_to': target})}")
    page = await page.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})
    assert page.url == url_of(app, "/account")


async def test_two_tabs_go_on_apart(app: Starlette, person: PlainBrowser) -> None:
    await make_person(app, TARO)
    one = await open_page(app, person, "/account/profile")
    two = await open_page(app, person, "/account/sessions")
    two = await two.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})
    assert two.url == url_of(app, "/account/sessions")
    one = await one.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})
    assert one.url == url_of(app, "/account/profile")


async def test_the_language_stays_from_page_to_page(app: Starlette, person: PlainBrowser) -> None:
    page = await open_page(app, person, "/sign-in")
    page = await person.open(page.url + "&ui_locales=ja")
    assert page.heading == "ログイン"
    page = await page.submit("ログイン", {"identifier": TARO, "パスワード": "違うパスワード"})
    assert "メールアドレスまたはパスワードが正しくありません。" in page.text


async def test_an_expired_journey_says_how_to_go_on(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    page = await open_page(app, person, "/sign-in")
    clock.advance(timedelta(hours=1))
    answer = await page.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})
    assert answer.status == 400
    assert "open for too long" in answer.text


async def test_who_was_sent_to_register_begins_there_and_may_still_sign_in(
    app: Starlette, person: PlainBrowser
) -> None:
    await make_person(app, TARO)
    page = await open_page(app, person, "/sign-in")
    cookies = person.cookies.header(page.url, initiator=page.url, method="GET") or ""
    browser = re.search(r"ciam_browser=([^;]+)", cookies)
    assert browser is not None
    async with app.state.parts.database.write() as transaction:
        handle = await begin(
            transaction,
            kind=SIGN_IN,
            requirement=Requirement(create=True, login_hint=TARO),
            return_to="/account/profile",
            context=BrowserContext(hash_secret(browser[1]), "192.0.2.1", "", "en"),
        )
    page = await open_page(app, person, f"/sign-in?journey={handle}")
    assert page.heading == "Create an account"
    assert page.form("Next").value("E-mail address") == TARO
    page = await page.follow("Sign in")
    assert page.form("Sign in").value("identifier") == TARO
    page = await page.submit("Sign in", {"Password": PASSWORD})
    assert page.url == url_of(app, "/account/profile")
