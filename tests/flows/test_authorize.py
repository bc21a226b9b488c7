"""The authorization endpoint over HTTP (RFC 6749 §4.1, OIDC Core §3.1.2, RFC 9207)."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from ciam.consent.client_grants import give_grant
from ciam.storage.stores.clients import Client
from ciam.storage.stores.customers import Customer
from ciam.storage.tables.audit import audit_event
from tests.flows.account_people import PASSWORD, make_person, sign_in
from tests.flows.shop import SHOP, answer_of, browser_of, link, register
from tests.oauth.authorization.apps import CALLBACK, GOOD
from tests.parts.clock import FakeClock


async def _allow(app: Starlette, customer: Customer, client: Client) -> None:
    async with app.state.parts.database.write() as transaction:
        await give_grant(transaction, customer.id, client, {"openid", "profile"}, screen=None)


async def test_a_signed_in_customer_who_allowed_the_app_comes_straight_back_with_a_code(
    app: Starlette,
) -> None:
    client, customer = await register(app), await make_person(app)
    await _allow(app, customer, client)
    async with browser_of(app) as browser:
        await sign_in(app, browser, customer)
        page = await browser.open(link(app))
    answer = answer_of(page)
    assert set(answer) == {"code", "state", "iss"}
    assert answer["code"].startswith("ciam_ac_")
    assert answer["state"] == GOOD["state"]
    assert answer["iss"] == app.state.parts.settings.issuer
    assert [hop.status for hop in page.hops] == [303]


async def test_a_stranger_signs_in_allows_the_app_and_comes_back_with_a_code(
    app: Starlette,
) -> None:
    await register(app)
    await make_person(app)
    async with browser_of(app) as browser:
        page = await browser.open(link(app, {"login_hint": "taro@example.jp"}))
        assert urlsplit(page.url).path == "/sign-in"
        assert page.form("Sign in").value("identifier") == "taro@example.jp"
        page = await page.submit("Sign in", values={"password": PASSWORD})
        assert urlsplit(page.url).path == "/consent"
        page = await page.submit("Allow")
        answer = answer_of(page)
        assert set(answer) == {"code", "state", "iss"}
        again = answer_of(await browser.open(link(app)))
    assert again["code"] != answer["code"]


async def test_a_customer_who_says_no_is_asked_again_next_time(app: Starlette) -> None:
    await register(app)
    customer = await make_person(app)
    async with browser_of(app) as browser:
        await sign_in(app, browser, customer)
        for _ in range(2):
            page = await browser.open(link(app))
            assert urlsplit(page.url).path == "/consent"
            answer = answer_of(await page.submit("Do not allow"))
            assert answer["error"] == "access_denied"
            assert (answer["state"], answer["iss"]) == (
                GOOD["state"],
                app.state.parts.settings.issuer,
            )


async def test_one_of_our_own_apps_needs_no_consent_page(app: Starlette) -> None:
    await register(app, first_party=True)
    customer = await make_person(app)
    async with browser_of(app) as browser:
        await sign_in(app, browser, customer)
        assert "code" in answer_of(await browser.open(link(app)))


async def test_a_wrong_redirect_uri_never_leaves_the_server(app: Starlette) -> None:
    await register(app)
    async with browser_of(app) as browser:
        page = await browser.open(link(app, {"redirect_uri": f"{SHOP}elsewhere"}))
    assert page.status == 400
    assert [hop.status for hop in page.hops] == [400]
    assert f"{SHOP}elsewhere" not in page.body


async def test_prompt_none_never_shows_a_page(app: Starlette) -> None:
    client, customer = await register(app), await make_person(app)
    async with browser_of(app) as browser:
        silent = link(app, {"prompt": "none"})
        assert answer_of(await browser.open(silent))["error"] == "login_required"
        await sign_in(app, browser, customer)
        assert answer_of(await browser.open(silent))["error"] == "consent_required"
        await _allow(app, customer, client)
        assert "code" in answer_of(await browser.open(silent))


async def test_prompt_login_asks_for_the_password_once(app: Starlette) -> None:
    client, customer = await register(app), await make_person(app)
    await _allow(app, customer, client)
    async with browser_of(app) as browser:
        await sign_in(app, browser, customer)
        page = await browser.open(link(app, {"prompt": "login"}))
        assert urlsplit(page.url).path == "/sign-in"
        values = {"identifier": "taro@example.jp", "password": PASSWORD}
        assert "code" in answer_of(await page.submit("Sign in", values=values))


async def test_prompt_create_begins_with_the_sign_up_page(app: Starlette) -> None:
    await register(app)
    async with browser_of(app) as browser:
        page = await browser.open(link(app, {"prompt": "create"}))
    assert urlsplit(page.url).path == "/sign-up"


async def test_prompt_consent_asks_although_it_was_allowed_before(app: Starlette) -> None:
    client, customer = await register(app), await make_person(app)
    await _allow(app, customer, client)
    async with browser_of(app) as browser:
        await sign_in(app, browser, customer)
        page = await browser.open(link(app, {"prompt": "consent"}))
        assert urlsplit(page.url).path == "/consent"
        assert "code" in answer_of(await page.submit("Allow"))


async def test_a_posted_request_keeps_the_session_that_a_cross_site_post_does_not_bring(
    app: Starlette,
) -> None:
    client, customer = await register(app), await make_person(app)
    await _allow(app, customer, client)
    issuer = app.state.parts.settings.issuer
    async with browser_of(app) as browser:
        await sign_in(app, browser, customer)
        page = await browser.post(f"{issuer}/authorize", GOOD, initiator=SHOP)
        assert page.hops[0].method == "POST"
        assert not page.hops[0].headers.get_list("set-cookie")
        assert "code" in answer_of(page)


async def test_a_kept_request_is_worth_nothing_in_another_browser(app: Starlette) -> None:
    await register(app)
    customer = await make_person(app)
    issuer = app.state.parts.settings.issuer
    async with browser_of(app) as one, browser_of(app) as other:
        await sign_in(app, one, customer)
        await sign_in(app, other, customer)
        page = await one.open(link(app))
        query = urlsplit(page.url).query
        for path in ("/authorize/resume", "/consent"):
            stolen = await other.open(f"{issuer}{path}?{query}")
            assert stolen.status == 400
        assert "code" in answer_of(await page.submit("Allow"))
        assert (await other.open(f"{issuer}/authorize/resume?{query}")).status == 400


@pytest.mark.parametrize("ending", ["used", "expired", "signed out"])
async def test_an_answer_that_was_lost_is_given_again_while_its_code_is_worth_something(
    app: Starlette, clock: FakeClock, ending: str
) -> None:
    await register(app)
    customer = await make_person(app)
    database = app.state.parts.database
    async with browser_of(app) as browser:
        await sign_in(app, browser, customer)
        page = await browser.open(link(app))
        resume = f"{app.state.parts.settings.issuer}/authorize/resume?{urlsplit(page.url).query}"
        answer = answer_of(await page.submit("Allow"))
        for _ in range(2):
            assert answer_of(await browser.open(resume)) == answer
        async with database.write() as transaction:
            if ending == "used":
                assert await transaction.authorization_codes.claim(answer["code"])
            elif ending == "signed out":
                await transaction.sessions.end_all(customer.id, "signed_out")
        if ending == "expired":
            clock.advance(timedelta(seconds=61))
        over = await browser.open(resume)
        assert (over.status, over.heading) == (400, "This page is no longer valid")
    async with database.read() as transaction:
        kinds = await transaction.connection.scalars(select(audit_event.c.kind))
        assert list(kinds).count("authorization.granted") == 1


async def test_form_post_carries_the_answer_in_a_form_that_may_only_go_to_the_app(
    app: Starlette,
) -> None:
    client, customer = await register(app), await make_person(app)
    await _allow(app, customer, client)
    async with browser_of(app) as browser:
        await sign_in(app, browser, customer)
        page = await browser.open(link(app, {"response_mode": "form_post", "state": '"><x>'}))
        assert page.status == 200
        assert page.headers["cache-control"] == "no-store"
        assert "form-action 'self' https://shop.example.com;" in (
            page.headers["content-security-policy"] + ";"
        )
        sent = page.form().submit()
        fields = dict(sent.entries)
        assert (sent.method, sent.url) == ("POST", CALLBACK)
        assert fields["state"] == '"><x>'
        assert set(fields) == {"code", "state", "iss"}
        assert (await page.submit()).url == CALLBACK


async def test_an_error_in_form_post_is_a_form_too(app: Starlette) -> None:
    await register(app)
    async with browser_of(app) as browser:
        page = await browser.open(link(app, {"response_mode": "form_post", "prompt": "none"}))
        assert dict(page.form().submit().entries)["error"] == "login_required"


async def test_the_pages_speak_the_language_the_app_asks_for(app: Starlette) -> None:
    await register(app)
    async with browser_of(app) as browser:
        page = await browser.open(link(app, {"ui_locales": "fr ja en"}))
        assert page.soup.html is not None
        assert page.soup.html["lang"] == "ja"


async def test_the_sign_in_page_lets_its_form_end_at_the_app_alone(app: Starlette) -> None:
    await register(app)
    async with browser_of(app) as browser:
        page = await browser.open(link(app))
    policy = page.headers["content-security-policy"]
    assert "form-action 'self' https://shop.example.com;" in f"{policy};"


async def test_max_age_counts_from_the_sign_in(app: Starlette) -> None:
    client, customer = await register(app), await make_person(app)
    await _allow(app, customer, client)
    async with browser_of(app) as browser:
        await sign_in(app, browser, customer)
        assert "code" in answer_of(await browser.open(link(app, {"max_age": "3600"})))
        page = await browser.open(link(app, {"max_age": "0"}))
        assert urlsplit(page.url).path == "/sign-in"
        values = {"identifier": "taro@example.jp", "password": PASSWORD}
        assert "code" in answer_of(await page.submit("Sign in", values=values))


async def test_no_address_on_the_way_holds_a_code_or_parameter_of_the_request(
    app: Starlette,
) -> None:
    await register(app)
    await make_person(app)
    async with browser_of(app) as browser:
        page = await browser.open(link(app))
        page = await page.submit(
            "Sign in", values={"identifier": "taro@example.jp", "password": PASSWORD}
        )
        for hop in page.hops:
            assert set(parse_qs(urlsplit(hop.url).query)) <= {"request", "journey"}
