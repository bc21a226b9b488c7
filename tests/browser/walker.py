"""A person in Chromium: every page they see is inspected and photographed.

What is wrong is collected and told at the end of the walk: axe, the content security policy,
anything on the console, requests that failed or went elsewhere, a page that scrolls sideways.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Literal
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page, Request, Response
from playwright.async_api import Error as PlaywrightError

from tests.flows.clients.installation import CONFIG, Installation, Letter, start
from tests.flows.clients.relying_app import RelyingApp, shop
from tests.parts import databases
from tests.parts.server import Server

PASSWORD = "seven blue umbrellas in May"
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
_HEIGHT = 900
_REFUSED = ("422",)
_NOTE_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} forbids ${event.blockedURI}`));
"""


@dataclass(frozen=True)
class Screen:
    """Who looks, and at what."""

    language: str
    width: int
    scheme: Scheme

    def __str__(self) -> str:
        """Give the name that stands in the names of pictures."""
        return f"{self.language}-{self.width}-{self.scheme}"


@dataclass(frozen=True)
class Place:
    """The server and a shop that is its client."""

    installation: Installation
    shop: str

    def app(self) -> RelyingApp:
        """Give the shop as a client."""
        return shop(self.installation.url, self.shop)


@dataclass
class Walker:
    """One person at one screen, in one language."""

    installation: Installation
    page: Page
    screen: Screen
    email: str
    pictures: Path
    shop: str
    problems: list[str] = field(default_factory=list)
    letters_read: int = 0
    where: str = "the start"
    expected: str = ""  # the status of a page that is meant to be an error
    _number: int = 0

    async def open(self, path: str) -> None:
        """Open a page of the server."""
        await self.page.goto(f"{self.installation.url}{path}")

    async def _photograph(self, picture: Path) -> None:
        """Take the picture; a busy Chromium now and then has no frame to take it of."""
        for _ in range(2):
            with suppress(PlaywrightError):
                await self.page.screenshot(path=picture, full_page=True)
                return
        await self.page.screenshot(path=picture, full_page=True)

    async def see(self, state: str) -> None:
        """Inspect and photograph what is on the screen."""
        self._number += 1
        self.where = state
        picture = self.pictures / f"{self._number:02}-{state}-{self.screen}.png"
        await self._photograph(picture)
        found = await Axe().run(self.page)
        self.problems += [
            f"{state}: {violation['id']}: {node['html'][:160]}"
            for violation in found.response["violations"]
            for node in violation["nodes"]
        ]
        wide = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            self.problems.append(f"{state}: {wide} px too wide")
        language = await self.page.get_attribute("html", "lang")
        if language != self.screen.language:
            self.problems.append(f"{state}: in {language}")

    async def press(self, selector: str) -> None:
        """Press a button or follow a link, and wait for the page it leads to."""
        async with self.page.expect_navigation():
            await self.page.click(selector)

    async def send(self, fields: dict[str, str], button: str = "main form button.primary") -> None:
        """Type into the fields, by id, and press the button."""
        for name, value in fields.items():
            await self.page.fill(f"#{name.replace('_', '-')}", value)
        await self.press(button)

    async def prove_address(self) -> None:
        """Begin to register, up to the page of the details."""
        await self.open("/sign-up")
        await self.send({"email": self.email})
        await self.send({"code": (await self.read_letter()).code})

    async def agree(self) -> None:
        """Tick what an account needs."""
        await self.page.check("#notice-terms")
        await self.page.check("#notice-privacy")

    async def give_details(self) -> None:
        """Fill in the page of the details, with a password."""
        await self.agree()
        await self.send({"family_name": "山田", "given_name": "花子", "password": PASSWORD})

    async def register(self) -> None:
        """Become a customer with a password, signed in."""
        await self.prove_address()
        await self.give_details()
        assert self.page.url.endswith("/account")

    async def read_letter(self) -> Letter:
        """Wait for the next mail."""
        self.letters_read += 1
        return await self.installation.letter(self.email, self.letters_read)

    def listen(self) -> None:
        """Note whatever the browser complains of."""
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.problems.append(f"{self.where}: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def _said(self, said: ConsoleMessage) -> None:
        # Chrome writes the status of every refused form or missing page to the console.
        statuses = [*_REFUSED, *([self.expected] if self.expected else [])]
        if not any(f"with a status of {status}" in said.text for status in statuses):
            self.problems.append(f"{self.where}: console: {said.text}")

    def _failed(self, request: Request) -> None:
        if "ERR_ABORTED" not in (request.failure or ""):
            self.problems.append(f"{self.where}: {request.url} failed: {request.failure}")

    def _asked(self, request: Request) -> None:
        host = urlsplit(request.url).netloc
        if host not in {
            urlsplit(self.installation.url).netloc,
            self.shop,
        } and not request.url.startswith("data:"):
            self.problems.append(f"{self.where}: asked {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.problems.append(f"{self.where}: {response.status} for {response.url}")


@asynccontextmanager
async def walking(
    browser: Browser, place: Place, pictures: Path, screen: Screen, who: str
) -> AsyncIterator[Walker]:
    """Give a new person with a new browser."""
    context = await browser.new_context(
        viewport={"width": screen.width, "height": _HEIGHT},
        locale={"ja": "ja-JP", "en": "en-US"}[screen.language],
        color_scheme=screen.scheme,
        timezone_id="Asia/Tokyo",
    )
    await context.add_init_script(_NOTE_VIOLATIONS)
    email = f"{who}-{screen}@example.jp"
    walker = Walker(
        place.installation,
        await context.new_page(),
        screen,
        email,
        pictures,
        urlsplit(place.shop).netloc,
    )
    walker.listen()
    yield walker
    await context.close()


class _Shop(BaseHTTPRequestHandler):
    """Answers everything with a page of one word."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(
            b"<!doctype html><html lang=en><title>Shop</title>"
            b"<link rel=icon href='data:,'><h1>Shop</h1>"
        )

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has above
        pass


@contextmanager
def open_shop() -> Iterator[str]:
    """Serve a shop on another site than the server's (127.0.0.1, not localhost); give its address.

    A real server: what Playwright answers itself it does not answer after a redirect.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def open_place(home: Path, policies: str = "") -> Iterator[Place]:
    """Give an installation on SQLite, since what a browser does is the same on both, and a shop.

    `policies` are sections beside those of the example.
    """
    server = Server(home=home, env={"CIAM_DATABASE_URL": databases.sqlite(home)})
    config = home.with_suffix(".yaml")
    with open_shop() as address:
        text = CONFIG.read_text().replace("https://shop.example.jp", address)
        config.write_text(text.replace("\npolicies:\n", f"\npolicies:\n{policies}"))
        try:
            yield Place(start(server, config), address)
        finally:
            server.stop()
