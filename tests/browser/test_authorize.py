"""Authorization in a real Chromium: what its content security policy lets through and what not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest
import uvicorn
from playwright.async_api import Browser
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ciam.app import create_app
from ciam.settings import Settings
from tests.flows.account_people import PASSWORD, make_person
from tests.oauth.authorization.apps import GOOD, put_client
from tests.parts.ports import find_free_port

pytestmark = pytest.mark.browser


@dataclass
class Shop:
    """An app on an origin of its own that notes what browsers bring it."""

    origin: str
    got: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)

    async def callback(self, request: Request) -> Response:
        """Note a request."""
        body = (await request.body()).decode()
        self.got.append((request.method, parse_qs(body or request.url.query)))
        return PlainTextResponse("back at the shop")

    @property
    def app(self) -> Starlette:
        """The application."""
        return Starlette(routes=[Route("/callback", self.callback, methods=["GET", "POST"])])


@asynccontextmanager
async def _served(app: Starlette, port: int) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        await running


@dataclass(frozen=True)
class Place:
    """A server and a shop, both listening."""

    issuer: str
    shop: Shop

    def link(self, **changes: str) -> str:
        """Give the address the shop sends browsers to."""
        query = {**GOOD, "redirect_uri": f"{self.shop.origin}/callback", **changes}
        return f"{self.issuer}/authorize?{urlencode(query)}"


@pytest.fixture
async def place(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Place]:
    """Give a server with a customer, and a shop that is allowed what it asks."""
    port, shop_port = find_free_port(), find_free_port()
    settings = Settings(home=tmp_path / "home", database_url=SecretStr(sqlite_url), port=port)
    app, shop = create_app(settings), Shop(f"http://127.0.0.1:{shop_port}")
    async with _served(app, port), _served(shop.app, shop_port):
        async with app.state.parts.database.write() as transaction:
            await put_client(
                transaction,
                redirect_uris=[f"{shop.origin}/callback"],
                first_party=True,
            )
        await make_person(app)
        yield Place(settings.issuer, shop)


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("mode", ["query", "form_post"])
async def test_the_answer_arrives_after_the_password_page(
    place: Place, browser: Browser, mode: str, *, scripts: bool
) -> None:
    context = await browser.new_context(java_script_enabled=scripts)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(place.link(response_mode=mode))
    await page.fill("[name=identifier]", "taro@example.jp")
    await page.fill("[name=password]", PASSWORD)
    await page.click("button[type=submit]:visible >> nth=0")
    if mode == "form_post" and not scripts:
        await page.get_by_role("button", name="Continue").click()
    await page.wait_for_url(f"{place.shop.origin}/**")
    [(method, answer)] = place.shop.got
    assert method == ("POST" if mode == "form_post" else "GET")
    assert set(answer) == {"code", "state", "iss"}
    assert answer["state"] == [GOOD["state"]]
    assert not [text for text in complaints if "Content Security Policy" in text]
    await context.close()
