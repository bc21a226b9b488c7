"""Bad input at every endpoint and form: the specified error or page, never a 500, never a trace."""

from collections.abc import AsyncIterator, Iterable

import httpx
import pytest
from bs4 import BeautifulSoup
from starlette.applications import Starlette

from ciam.administration.config.apply import apply_config
from ciam.administration.config.loading import load_config
from ciam.app import create_app
from ciam.settings import Settings
from tests.flows import bad_requests
from tests.flows.account_people import make_person, sign_in
from tests.flows.bad_requests import Bad, problems_of, routes_of
from tests.flows.clients.installation import CONFIG, SECRETS
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import PlainBrowser

STARTS = ("/sign-in", "/sign-up", "/recover", "/end-session", "/account")


@pytest.fixture
async def app(
    settings: Settings, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Starlette]:
    """Give the application with the example configuration."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    loaded = load_config([CONFIG])
    application = create_app(settings, clock=clock)
    async with application.router.lifespan_context(application):
        async with application.state.parts.database.write() as transaction:
            await apply_config(transaction, loaded, operator="test")
        yield application


class Attacker:
    """A browser with cookies and a form token, or a client with its secret."""

    def __init__(self, app: Starlette, http: httpx.AsyncClient) -> None:
        """Take the application and a client of it."""
        self.app, self.http = app, http
        self.issuer = str(http.base_url)
        self.token = ""
        self.forms: dict[str, list[str]] = {}

    async def begin(self) -> None:
        """Open pages with forms: the token comes from one of them, the fields from all."""
        pages = [await self.http.get(path, follow_redirects=True) for path in STARTS]
        links = BeautifulSoup(pages[-1].text, "html.parser").select("main a[href^='/']")
        pages += [await self.http.get(str(link["href"])) for link in links]
        (field, *_) = BeautifulSoup(pages[0].text, "html.parser").select("[name=csrf_token]")
        self.token = str(field["value"])
        self.forms = bad_requests.read_forms(pages)

    async def send(self, requests: Iterable[Bad], **more: str) -> list[str]:
        """Send them all; give what was wrong with the answers."""
        problems: list[str] = []
        for bad in requests:
            url = f"{bad.path}?{bad.query}" if bad.query else bad.path
            request = self.http.build_request(
                bad.method, url, content=bad.body, headers=_raw({**more, **bad.headers})
            )
            answer = await self.http.send(request)
            problems += problems_of(bad, answer, self.issuer)
        return problems


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


@pytest.fixture
async def attacker(app: Starlette, http: httpx.AsyncClient) -> Attacker:
    """Give a browser that nobody is signed in at."""
    made = Attacker(app, http)
    await made.begin()
    return made


@pytest.fixture
async def insider(app: Starlette, http: httpx.AsyncClient) -> Attacker:
    """Give the browser of a customer who is signed in."""
    customer = await make_person(app)
    async with PlainBrowser(apps={}) as browser:
        secret = await sign_in(app, browser, customer)
    http.cookies.set("ciam_session", secret)
    made = Attacker(app, http)
    await made.begin()
    return made


async def test_a_spoiled_parameter_of_any_route_is_refused(attacker: Attacker) -> None:
    problems: list[str] = []
    for path, methods in routes_of(attacker.app):
        names = bad_requests.names_for(path)
        if "GET" in methods:
            problems += await attacker.send(bad_requests.bad_queries(path, names))
        if "POST" in methods and path in bad_requests.PARAMETERS:
            problems += await attacker.send(bad_requests.bad_fields(path, names, attacker.token))
    assert problems == []


async def test_a_spoiled_field_of_any_form_is_refused(attacker: Attacker) -> None:
    assert {"/sign-in", "/sign-up", "/recover"} <= attacker.forms.keys()
    problems: list[str] = []
    for path, names in attacker.forms.items():
        problems += await attacker.send(bad_requests.bad_fields(path, names, attacker.token))
    assert problems == []


async def test_a_spoiled_field_of_an_account_form_is_refused(insider: Attacker) -> None:
    assert {"/account/profile", "/account/password", "/account/consents"} <= insider.forms.keys()
    problems: list[str] = []
    for path, names in insider.forms.items():
        if path.startswith("/account") and path != "/account/sign-out":
            problems += await insider.send(bad_requests.bad_fields(path, names, insider.token))
    assert problems == []


async def test_a_spoiled_parameter_of_an_authenticated_client_is_refused(
    attacker: Attacker,
) -> None:
    problems: list[str] = []
    basic = httpx.BasicAuth("shop", SECRETS["SHOP_SECRET"])._auth_header  # noqa: SLF001 - as sent
    for path in ("/token", "/introspect", "/revoke"):
        names = [name for name in bad_requests.PARAMETERS[path].split() if "client_" not in name]
        requests = bad_requests.bad_fields(path, names, "")
        problems += await attacker.send(requests, Authorization=basic)
    assert problems == []


async def test_a_body_that_is_no_form_is_refused_everywhere(insider: Attacker) -> None:
    problems: list[str] = []
    for path, methods in routes_of(insider.app):
        problems += await insider.send(bad_requests.bad_bodies(path, methods, insider.token))
    assert problems == []


async def test_other_methods_paths_and_headers_are_answered_everywhere(insider: Attacker) -> None:
    problems: list[str] = []
    for path, methods in routes_of(insider.app):
        problems += await insider.send(bad_requests.bad_addresses(path, methods))
    assert problems == []


@pytest.mark.parametrize("start", ["/sign-in", "/sign-up", "/recover"])
async def test_a_step_of_a_journey_before_its_time_leads_to_the_present_one(
    attacker: Attacker, start: str
) -> None:
    begun = await attacker.http.get(start)
    handle = begun.headers["location"].partition("journey=")[2]
    steps = [path for path in _journey_pages(attacker.app) if path != start]
    assert {"/verify", "/sign-up/details", "/recover/password"} <= {*steps, start}
    for path in steps:
        page = await attacker.http.get(f"{path}?journey={handle}&token=made-up")
        assert page.status_code in {303, 400}, (path, page.status_code)
        if page.status_code == 303:
            assert page.headers["location"] == f"{start}?journey={handle}"
        sent = await attacker.http.post(
            f"{path}?journey={handle}",
            data={"csrf_token": attacker.token, "code": "123456", "password": "a long password"},
        )
        assert sent.status_code in {303, 400, 422}, (path, sent.status_code)
        assert "ciam_session" not in sent.headers.get("set-cookie", "")


def _journey_pages(app: Starlette) -> list[str]:
    begins = ("/sign-in", "/sign-up", "/verify", "/recover")
    return [
        path for path, methods in routes_of(app) if path.startswith(begins) and "GET" in methods
    ]
