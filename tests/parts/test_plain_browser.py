"""The plain browser does what browsers do: forms, redirects, cookies, provenance, form-action."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.parts.html_form import NotOnThePage
from tests.parts.plain_browser import BlockedByPolicy, Page, PlainBrowser

HOME = "http://id.example.com"
SHOP = "https://shop.example.jp"
FORM = """
<title>Sign up</title><h1>Sign <b>up</b></h1><p role="alert">Mind the gap.</p>
<a href="/echo?from=link">Lost?</a>
<form method="post" action="/echo">
  <input type="hidden" name="csrf" value="t1">
  <label for="e">E-mail</label><input id="e" name="email" type="email">
  <label>Password <input name="password" type="password"></label>
  <label><input type="checkbox" name="news" value="yes"> News</label>
  <label><input type="checkbox" name="terms" checked> Terms</label>
  <fieldset><legend>Plan</legend>
    <label><input type="radio" name="plan" value="a" checked> Plain</label>
    <label><input type="radio" name="plan" value="b"> Better</label></fieldset>
  <label>Country <select name="country"><option value="jp">Japan<option>Fiji</select></label>
  <label>Note <textarea name="note">
one
two</textarea></label>
  <input name="off" value="never" disabled>
  <button name="go" value="1">Register</button>
  <button name="skip" value="1" formaction="/echo?skipped=1" formmethod="get">Skip</button>
</form>
<form method="post" action="/to-shop"><button>Leave</button></form>
<input type="hidden" name="lost" value="not in a form">
"""


def form(request: Request) -> Response:
    policy = {"Content-Security-Policy": f"form-action 'self' {request.query_params.get('to', '')}"}
    return HTMLResponse(FORM, headers=policy if "to" in request.query_params else None)


async def echo(request: Request) -> Response:
    entries = [list(pair) for pair in (await request.form()).multi_items()]
    headers = dict(request.headers)
    return JSONResponse({"method": request.method, "entries": entries, "headers": headers})


def to_shop(_request: Request) -> Response:
    return RedirectResponse(f"{SHOP}/echo?code=1#fragment", status_code=303)


def cookies(_request: Request) -> Response:
    response = RedirectResponse("/echo", status_code=302)
    for name, options in {
        "lax": "Path=/; SameSite=Lax",
        "strict": "Path=/; SameSite=Strict; HttpOnly",
        "none": "Path=/; SameSite=None; Secure",
        "__Host-a": "Path=/sub; Secure",
        "elsewhere": "Domain=other.example",
        "gone": "Path=/; Max-Age=0",
        "deep": "Path=/deep",
    }.items():
        response.headers.append("set-cookie", f"{name}=1; {options}")
    return response


def app() -> Starlette:
    both = ["GET", "POST"]
    routes = [Route("/form", form), Route("/echo", echo, methods=both), Route("/cookies", cookies)]
    return Starlette(routes=[*routes, Route("/to-shop", to_shop, methods=both)])


@pytest.fixture
async def browser() -> AsyncIterator[PlainBrowser]:
    secure = HOME.replace("http", "https")
    async with PlainBrowser(apps={HOME: app(), SHOP: app(), secure: app()}) as opened:
        yield opened


def told(page: Page) -> dict[str, object]:
    answer: dict[str, object] = httpx.Response(200, text=page.body).json()
    return answer


def sent(page: Page, name: str) -> str | None:
    headers = told(page)["headers"]
    assert isinstance(headers, dict)
    return headers.get(name)


async def test_a_page_is_read_as_a_person_reads_it(browser: PlainBrowser) -> None:
    page = await browser.open(f"{HOME}/form")
    assert (page.title, page.heading, page.alerts) == ("Sign up", "Sign up", ["Mind the gap."])
    assert page.form("Register").labels()[:2] == ["E-mail", "Password"]


async def test_a_form_sends_what_a_browser_would_send(browser: PlainBrowser) -> None:
    page = await browser.open(f"{HOME}/form")
    values: dict[str, str | bool] = {
        "E-mail": "a@example.com",
        "password": "x y",
        "News": True,
        "Terms": False,
    }
    done = await page.submit("Register", {**values, "Plan": "Better", "Country": "Fiji"})
    assert told(done)["entries"] == [
        ["csrf", "t1"],
        ["email", "a@example.com"],
        ["password", "x y"],
        ["news", "yes"],
        ["plan", "b"],
        ["country", "Fiji"],
        ["note", "one\r\ntwo"],
        ["go", "1"],
    ]
    assert sent(done, "content-type") == "application/x-www-form-urlencoded"


async def test_a_button_may_send_the_form_elsewhere(browser: PlainBrowser) -> None:
    page = await browser.open(f"{HOME}/form")
    done = await page.submit("Skip")
    assert told(done)["method"] == "GET"
    assert "skipped" not in done.url
    assert done.url.startswith(f"{HOME}/echo?csrf=t1&email=&password=&terms=on&plan=a")


async def test_what_is_not_on_the_page_is_named(browser: PlainBrowser) -> None:
    page = await browser.open(f"{HOME}/form")
    with pytest.raises(NotOnThePage, match=r"no control 'Phone'.*E-mail"):
        await page.submit("Register", {"Phone": "1"})
    with pytest.raises(NotOnThePage, match="no choice 'Best'"):
        await page.submit("Register", {"Plan": "Best"})
    with pytest.raises(NotOnThePage, match=r"'Buy'.*Leave"):
        await page.submit("Buy")
    with pytest.raises(NotOnThePage, match=r"'Help'.*Lost"):
        await page.follow("Help")


async def test_redirects_lead_to_other_origins(browser: PlainBrowser) -> None:
    page = await browser.open(f"{HOME}/form")
    done = await page.submit("Leave")
    assert done.url == f"{SHOP}/echo?code=1"
    assert [(hop.method, hop.status) for hop in done.hops] == [("POST", 303), ("GET", 200)]
    assert sent(done, "sec-fetch-site") == "cross-site"
    assert sent(done, "referer") == f"{HOME}/"


async def test_a_caught_address_is_not_fetched(browser: PlainBrowser) -> None:
    browser.catch = (f"{SHOP}/echo?code=",)
    page = await (await browser.open(f"{HOME}/form")).submit("Leave")
    assert (page.status, page.url) == (0, f"{SHOP}/echo?code=1")


async def test_provenance_is_told_as_browsers_tell_it(browser: PlainBrowser) -> None:
    typed = await browser.open(f"{HOME}/echo")
    assert (sent(typed, "sec-fetch-site"), sent(typed, "origin")) == ("none", None)
    posted = await (await browser.open(f"{HOME}/form")).submit("Register")
    assert (sent(posted, "sec-fetch-site"), sent(posted, "origin")) == ("same-origin", HOME)
    forged = await browser.post(f"{HOME}/echo", {"a": "b"}, initiator="https://evil.example/x")
    origin = "https://evil.example"
    assert (sent(forged, "sec-fetch-site"), sent(forged, "origin")) == ("cross-site", origin)


async def test_form_action_holds_on_the_redirects_after_a_form(browser: PlainBrowser) -> None:
    allowed = await (await browser.open(f"{HOME}/form?to={SHOP}")).submit("Leave")
    assert allowed.url.startswith(SHOP)
    page = await browser.open(f"{HOME}/form?to=https://other.example")
    with pytest.raises(BlockedByPolicy, match="forbids"):
        await page.submit("Leave")


async def test_cookies_obey_same_site_and_prefixes(browser: PlainBrowser) -> None:
    home = HOME.replace("http", "https")
    landed = await browser.open(f"{home}/cookies")
    assert sent(landed, "cookie") == "lax=1; strict=1; none=1"
    assert {name for name, _reason in browser.cookies.refused} == {"__Host-a", "elsewhere"}
    followed = await (await browser.open(f"{SHOP}/form")).follow("Lost?")
    assert sent(followed, "cookie") is None
    away = Page(browser, f"{SHOP}/form", 200, httpx.Headers(), "")
    linked = await browser.navigate("GET", f"{home}/echo", source=away)
    assert sent(linked, "cookie") == "lax=1; none=1"
    forged = await browser.post(f"{home}/echo", {}, initiator=f"{SHOP}/form")
    assert sent(forged, "cookie") == "none=1"


async def test_a_secure_cookie_is_not_kept_from_plain_http(browser: PlainBrowser) -> None:
    await browser.open(f"{HOME}/cookies")
    assert ("none", "Secure from an insecure origin") in browser.cookies.refused
