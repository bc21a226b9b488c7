"""A browser without scripts: follows links and redirects, keeps cookies, fills and sends forms.

It obeys what a browser obeys and a test client forgets: SameSite, cookie prefixes, Origin,
Referer, Sec-Fetch-*, and CSP `form-action`, which Chrome applies to the redirects after a form too.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType
from typing import Any, Self
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx
from bs4 import BeautifulSoup, Tag

from tests.parts.cookie_jar import CookieJar, site_of
from tests.parts.html_form import Form, NotOnThePage, Value, attribute, button_text, text_of

_MAX_HOPS = 20
_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody: pages come by plain HTTP


class BlockedByPolicy(AssertionError):
    """The page's own Content-Security-Policy forbids where its form went."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One request on the way to a page."""

    method: str
    url: str
    status: int
    headers: httpx.Headers


@dataclass
class Page:
    """Where a navigation ended; `status` is 0 when the address was caught and not fetched."""

    browser: "PlainBrowser"
    url: str
    status: int
    headers: httpx.Headers
    body: str
    hops: list[Hop] = field(default_factory=list)

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The parsed document."""
        return BeautifulSoup(self.body, "html.parser")

    @property
    def text(self) -> str:
        """All visible text, white space joined."""
        return text_of(self.soup.body or self.soup)

    @property
    def heading(self) -> str:
        """The text of the first h1."""
        return text_of(self.soup.h1) if self.soup.h1 else ""

    @property
    def title(self) -> str:
        """The text of the title element."""
        return text_of(self.soup.title) if self.soup.title else ""

    @property
    def alerts(self) -> list[str]:
        """The texts of role="alert"."""
        return [text_of(tag) for tag in self.soup.select('[role="alert"]')]

    def forms(self) -> list[Form]:
        """List the forms of the page."""
        return [Form(self.soup, form, self._base) for form in self.soup.find_all("form")]

    def form(self, button: str | None = None) -> Form:
        """Give the form that has a button of this text, name or id; without one, the only form."""
        forms = self.forms()
        if button is None and len(forms) == 1:
            return forms[0]
        for form in forms:
            for found in form.buttons():
                if button in {button_text(found), attribute(found, "name"), attribute(found, "id")}:
                    return form
        there = [button_text(found) for form in forms for found in form.buttons()]
        raise NotOnThePage(f"no form with button {button!r} on {self.url}; buttons: {there}")

    async def submit(
        self, button: str | None = None, values: Mapping[str, Value] | None = None
    ) -> "Page":
        """Fill a form by labels, names or ids, and press its button."""
        form = self.form(button)
        form.fill(values or {})
        submission = form.submit(button)
        url, body, headers = submission.encode()
        return await self.browser.navigate(
            submission.method, url, body=body, headers=headers, source=self, from_form=True
        )

    async def follow(self, link: str) -> "Page":
        """Follow a link by its text or id."""
        for tag in self.soup.find_all("a", href=True):
            if link in {text_of(tag), attribute(tag, "id"), attribute(tag, "aria-label")}:
                target = urljoin(self._base, attribute(tag, "href"))
                return await self.browser.navigate("GET", target, source=self)
        there = [text_of(tag) for tag in self.soup.find_all("a", href=True)]
        raise NotOnThePage(f"no link {link!r} on {self.url}; links: {there}")

    @property
    def _base(self) -> str:
        base = self.soup.find("base", href=True)
        return urljoin(self.url, attribute(base, "href")) if isinstance(base, Tag) else self.url


class PlainBrowser:
    """One person's browser.

    `apps` maps an origin to an ASGI application of this process; other origins are real HTTP.
    Addresses that begin with an entry of `catch` are not fetched: the navigation ends there.
    """

    def __init__(
        self,
        *,
        apps: Mapping[str, Any] | None = None,
        catch: tuple[str, ...] = (),
        language: str = "en",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Open a browser without cookies that speaks `language` (an Accept-Language value)."""
        mounts = {origin: httpx.ASGITransport(app) for origin, app in (apps or {}).items()}
        self._client = httpx.AsyncClient(mounts=mounts, verify=_TLS, timeout=30, trust_env=False)
        self.catch = catch
        self.language = language
        self.extra_headers = dict(headers or {})
        self.cookies = CookieJar()

    async def __aenter__(self) -> Self:
        """Enter the context that closes the connections."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def open(self, url: str) -> Page:
        """Type an address."""
        return await self.navigate("GET", url)

    async def post(self, url: str, entries: Mapping[str, str], *, initiator: str) -> Page:
        """Send a form of another page at `initiator`, as an attacker's page does."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = str(httpx.QueryParams(dict(entries))).encode()
        page = Page(self, initiator, 200, httpx.Headers(), "")
        return await self.navigate("POST", url, body=body, headers=headers, source=page)

    async def navigate(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        source: Page | None = None,
        from_form: bool = False,
    ) -> Page:
        """Go to an address and follow every redirect."""
        hops: list[Hop] = []
        sent, content = dict(headers or {}), body
        cross = False  # a redirect chain that ever left the site stays cross-site
        for _ in range(_MAX_HOPS):
            url, _fragment = urldefrag(url)
            if source is not None and from_form:
                _check_form_action(source, url)
            if any(url.startswith(prefix) for prefix in self.catch):
                return Page(self, url, 0, httpx.Headers(), "", hops)
            cross = cross or (source is not None and site_of(source.url) != site_of(url))
            response = await self._request(method, url, content, sent, source, cross=cross)
            hops.append(Hop(method, url, response.status_code, response.headers))
            for cookie in response.headers.get_list("set-cookie"):
                self.cookies.store(url, cookie)
            location = response.headers.get("location")
            if not response.is_redirect or location is None:
                return Page(self, url, response.status_code, response.headers, response.text, hops)
            if response.status_code not in {307, 308} and method != "HEAD":
                method, content, sent = "GET", None, {}
            url = urljoin(url, location)
        raise AssertionError(f"more than {_MAX_HOPS} redirects, the last to {url}")

    async def _request(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
        source: Page | None,
        *,
        cross: bool,
    ) -> httpx.Response:
        initiator = source.url if source else None
        if cross and initiator is not None and site_of(initiator) == site_of(url):
            initiator = "https://left-the-site.invalid/"  # came back through another site
        everything = {
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "Accept-Language": self.language,
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) PlainBrowser/1",
            "Sec-Fetch-Dest": "document",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-User": "?1",
            "Sec-Fetch-Site": _relation(source, url, cross=cross),
            **_provenance(source, url, method),
            **headers,
            **self.extra_headers,
        }
        cookies = self.cookies.header(url, initiator=initiator, method=method)
        if cookies:
            everything["Cookie"] = cookies
        return await self._client.request(method, url, content=body, headers=everything)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _relation(source: Page | None, url: str, *, cross: bool) -> str:
    if source is None:
        return "none"
    if cross:
        return "cross-site"
    return "same-origin" if _origin(source.url) == _origin(url) else "same-site"


def _provenance(source: Page | None, url: str, method: str) -> dict[str, str]:
    """Give Referer and Origin under the page's Referrer-Policy (Fetch §3.2, Referrer Policy §8)."""
    if source is None:
        return {}
    policy = source.headers.get("referrer-policy", "strict-origin-when-cross-origin")
    same, secret = _origin(source.url) == _origin(url), policy.split(",")[-1].strip()
    found: dict[str, str] = {}
    if secret != "no-referrer" and (same or secret != "same-origin"):
        whole = same and secret not in {"origin", "strict-origin"}
        found["Referer"] = source.url if whole else _origin(source.url) + "/"
    if method != "GET":
        hidden = secret == "no-referrer" or (secret == "same-origin" and not same)
        found["Origin"] = "null" if hidden else _origin(source.url)
    return found


def _check_form_action(source: Page, url: str) -> None:
    for policy in source.headers.get_list("content-security-policy"):
        for directive in policy.split(";"):
            name, *allowed = directive.split() or [""]
            if name == "form-action" and not any(_allows(a, source.url, url) for a in allowed):
                raise BlockedByPolicy(f"form-action {allowed} of {source.url} forbids {url}")


def _allows(expression: str, page: str, url: str) -> bool:
    if expression == "'self'":
        return _origin(page) == _origin(url)
    if expression.endswith(":"):
        return urlsplit(url).scheme == expression[:-1]
    allowed, target = urlsplit(expression), urlsplit(url)
    if (allowed.scheme, allowed.netloc) != (target.scheme, target.netloc):
        return expression == "*" and target.scheme in {"http", "https"}
    # Paths are not compared after a redirect, so that a page learns nothing; origins suffice here.
    return True
