"""Logout begun by an app (OpenID Connect RP-Initiated Logout 1.0)."""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.applications import Starlette

from ciam.keys.signing import sign_jwt
from ciam.storage.stores.clients import Client
from ciam.storage.stores.customers import Customer
from tests.flows.account_people import make_person, sign_in
from tests.flows.shop import SHOP, browser_of, register
from tests.oauth.redirect_corpus import corpus
from tests.parts.plain_browser import PlainBrowser

GOODBYE = "https://shop.example.com/goodbye"


def _url(app: Starlette, **parameters: str) -> str:
    return f"{app.state.parts.settings.issuer}/end-session?{urlencode(parameters)}"


async def _hint(
    app: Starlette, client: Client, customer: Customer, secret: str, **changes: object
) -> str:
    """Give the ID token that the app got for the session of this cookie."""
    async with app.state.parts.database.write() as transaction:
        session = await transaction.sessions.find(secret)
        assert session is not None
        known = await transaction.sessions.get_client_session(session.id, client.id)
        subject = await transaction.client_subjects.add(
            client.id, customer.id, f"subject-{customer.id.hex}"
        )
        claims: Mapping[str, object] = {
            "iss": app.state.parts.settings.issuer,
            "aud": client.client_id,
            "sub": subject,
            "sid": known.sid,
            "exp": 1,
            **changes,
        }
        return await sign_jwt(transaction, claims, typ="JWT", algorithm="RS256")


async def _is_signed_in(app: Starlette, secret: str) -> bool:
    async with app.state.parts.database.read() as transaction:
        return await transaction.sessions.find(secret) is not None


def _has_cookie(browser: PlainBrowser, app: Starlette) -> bool:
    header = browser.cookies.header(app.state.parts.settings.issuer, initiator=None, method="GET")
    return "ciam_session=" in (header or "")


async def test_an_app_that_shows_its_id_token_signs_the_customer_out_at_once(
    app: Starlette,
) -> None:
    client, customer = await register(app), await make_person(app)
    async with browser_of(app) as browser:
        secret = await sign_in(app, browser, customer)
        hint = await _hint(app, client, customer, secret)
        page = await browser.open(
            _url(app, id_token_hint=hint, post_logout_redirect_uri=GOODBYE, state="a b&c")
        )
        assert page.url == f"{GOODBYE}?state=a+b%26c"
        assert not _has_cookie(browser, app)
    assert not await _is_signed_in(app, secret)


async def test_without_an_id_token_the_customer_is_asked(app: Starlette) -> None:
    await register(app)
    customer = await make_person(app)
    async with browser_of(app) as browser:
        secret = await sign_in(app, browser, customer)
        page = await browser.open(
            _url(app, client_id="shop", post_logout_redirect_uri=GOODBYE, state="s")
        )
        assert page.status == 200
        assert (
            "form-action 'self' https://shop.example.com"
            in (page.headers["content-security-policy"])
        )
        assert await _is_signed_in(app, secret)
        page = await page.submit("Sign out")
        assert page.url == f"{GOODBYE}?state=s"
    assert not await _is_signed_in(app, secret)


async def test_an_id_token_of_another_session_or_customer_only_asks(app: Starlette) -> None:
    client, customer = await register(app), await make_person(app)
    other = await make_person(app, "hanako@example.jp")
    async with browser_of(app) as browser, browser_of(app) as elsewhere:
        secret = await sign_in(app, browser, customer)
        others = await sign_in(app, elsewhere, other)
        older = await sign_in(app, elsewhere, customer)
        hints = [
            await _hint(app, client, other, others),
            await _hint(app, client, customer, older),
            await _hint(app, client, customer, secret, sid=None),
            await _hint(app, client, customer, secret, sid="nobody's"),
        ]
        for hint in hints:
            page = await browser.open(_url(app, id_token_hint=hint))
            assert (page.status, page.heading) == (200, "Sign out?")
            assert await _is_signed_in(app, secret)


async def test_without_a_uri_the_customer_ends_on_our_page(app: Starlette) -> None:
    client, customer = await register(app), await make_person(app)
    async with browser_of(app) as browser:
        secret = await sign_in(app, browser, customer)
        hint = await _hint(app, client, customer, secret)
        page = await browser.open(_url(app, id_token_hint=hint, state="unused"))
        assert page.heading == "You are signed out"
    assert not await _is_signed_in(app, secret)


async def test_with_nobody_signed_in_the_browser_goes_back_to_the_app(app: Starlette) -> None:
    await register(app)
    async with browser_of(app) as browser:
        page = await browser.open(_url(app, client_id="shop", post_logout_redirect_uri=GOODBYE))
        assert page.url == GOODBYE


async def test_a_posted_logout_works_and_keeps_the_id_token_out_of_the_address(
    app: Starlette,
) -> None:
    client, customer = await register(app), await make_person(app)
    async with browser_of(app) as browser:
        secret = await sign_in(app, browser, customer)
        hint = await _hint(app, client, customer, secret)
        form = {"id_token_hint": hint, "post_logout_redirect_uri": GOODBYE, "state": "s"}
        issuer = app.state.parts.settings.issuer
        page = await browser.post(f"{issuer}/end-session", form, initiator=SHOP)
        assert page.url == f"{GOODBYE}?state=s"
        for hop in page.hops:
            assert hint.split(".")[1] not in hop.url
            assert "id_token_hint" not in parse_qs(urlsplit(hop.url).query)
    assert not await _is_signed_in(app, secret)


async def test_another_site_cannot_press_our_button(app: Starlette) -> None:
    await register(app)
    customer = await make_person(app)
    async with browser_of(app) as browser, browser_of(app) as attacker:
        secret = await sign_in(app, browser, customer)
        await sign_in(app, attacker, customer)
        theirs = (await attacker.open(_url(app))).form().submit()
        form = dict(theirs.entries)
        issuer = app.state.parts.settings.issuer
        page = await browser.post(f"{issuer}/end-session", form, initiator="https://evil.example/")
        assert page.status == 403
        for changes in ({"csrf_token": "x"}, {"csrf_token": ""}):
            page = await browser.post(
                f"{issuer}/end-session", {**form, **changes}, initiator="https://evil.example/"
            )
            assert page.status in {200, 403}
            assert await _is_signed_in(app, secret)
    assert await _is_signed_in(app, secret)


async def test_what_is_wrong_ends_on_our_page_and_signs_nobody_out(app: Starlette) -> None:
    client, customer = await register(app), await make_person(app)
    await register(app, "other", post_logout_redirect_uris=["https://other.example.com/bye"])
    async with browser_of(app) as browser:
        secret = await sign_in(app, browser, customer)
        hint = await _hint(app, client, customer, secret)
        wrong: list[dict[str, str]] = [
            {"post_logout_redirect_uri": GOODBYE},
            {"client_id": "nobody"},
            {"client_id": "other", "id_token_hint": hint},
            {"client_id": "other", "post_logout_redirect_uri": GOODBYE},
            {"id_token_hint": hint, "post_logout_redirect_uri": "https://other.example.com/bye"},
            {"id_token_hint": hint[:-4] + "AAAA", "post_logout_redirect_uri": GOODBYE},
            {"id_token_hint": "x" * 10_000},
            {"logout": "not.a.note"},
            {"client_id": "shop", "post_logout_redirect_uri": GOODBYE, "state": "s\x00"},
        ]
        for parameters in wrong:
            page = await browser.open(_url(app, **parameters))
            assert page.status == 400, parameters
            assert await _is_signed_in(app, secret), parameters
        page = await browser.open(f"{_url(app, client_id='shop')}&client_id=shop")
        assert page.status == 400


async def test_no_variant_of_the_registered_uri_leads_anywhere(app: Starlette) -> None:
    client, customer = await register(app), await make_person(app)
    async with browser_of(app) as browser:
        secret = await sign_in(app, browser, customer)
        hint = await _hint(app, client, customer, secret)
        variants = [uri for uri in corpus(GOODBYE) if uri]
        assert len(variants) >= 180
        for uri in variants:
            page = await browser.open(_url(app, id_token_hint=hint, post_logout_redirect_uri=uri))
            assert [hop.status for hop in page.hops] == [400], uri
    assert await _is_signed_in(app, secret)


async def test_the_authorization_endpoint_refuses_the_same_variants(app: Starlette) -> None:
    await register(app)
    issuer = app.state.parts.settings.issuer
    async with browser_of(app) as browser:
        for uri in corpus("https://shop.example.com/callback"):
            query = urlencode({"client_id": "shop", "redirect_uri": uri, "response_type": "x"})
            page = await browser.open(f"{issuer}/authorize?{query}")
            assert [hop.status for hop in page.hops] == [400], uri
            assert "location" not in page.headers
