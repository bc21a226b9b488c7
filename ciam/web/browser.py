"""The browser on the other side: its cookie, address and language."""

import ipaddress
from datetime import timedelta
from typing import Final

from starlette.requests import HTTPConnection

from ciam.authentication.context import BrowserContext
from ciam.identifiers import hash_secret, new_secret
from ciam.web.cookies import (
    BROWSER,
    DEVICE,
    LANGUAGE,
    SESSION,
    TRUSTED,
    read_cookie,
    set_cookie,
)
from ciam.web.parts import parts

_BROWSER_LIFETIME: Final = timedelta(days=365)
_USER_AGENT_LENGTH: Final = 400


def browser_secret(request: HTTPConnection) -> str:
    """Give the secret that names this browser; a new browser gets one with the answer."""
    state = request.scope.setdefault("state", {})
    if "browser" not in state:
        secret = read_cookie(request, BROWSER)
        if secret is None:
            secret = new_secret("br")
            set_cookie(request, BROWSER, secret, _BROWSER_LIFETIME)
        state["browser"] = secret
    found: str = state["browser"]
    return found


def browser_context(request: HTTPConnection) -> BrowserContext:
    """Give what the rules may know of this browser."""
    return context_of(
        request,
        hash_secret(browser_secret(request)),
        device=read_cookie(request, DEVICE),
        session=read_cookie(request, SESSION),
        trusted=read_cookie(request, TRUSTED),
    )


def context_of(
    request: HTTPConnection,
    browser_hash: bytes,
    *,
    device: str | None,
    session: str | None,
    trusted: str | None,
) -> BrowserContext:
    """Give what the rules may know of who asks, from what it holds and what its request tells."""
    address, places = client_address(request), parts(request).places
    return BrowserContext(
        browser_hash=browser_hash,
        address=address,
        user_agent=request.headers.get("user-agent", "")[:_USER_AGENT_LENGTH],
        language=language_of(request),
        device=device,
        session=session,
        trusted=trusted,
        country=places.country_of(address),
        is_anonymous=places.is_anonymous(address),
    )


def language_of(request: HTTPConnection) -> str:
    """Choose the language: `ui_locales` (OIDC Core §3.1.2.1), the cookie, then Accept-Language."""
    return parts(request).renderer.choose_language(
        ui_locales=request.query_params.get("ui_locales", ""),
        cookie=read_cookie(request, LANGUAGE) or "",
        accept_language=request.headers.get("accept-language", ""),
    )


def known_language(request: HTTPConnection, language: str) -> str:
    """Give a language that was asked for, or the reader's own where we do not speak it."""
    languages = parts(request).renderer.languages
    return language if language in languages else language_of(request)


def remember_language(request: HTTPConnection, language: str) -> None:
    """Keep the language for the next pages of this browser."""
    if language in parts(request).renderer.languages:
        set_cookie(request, LANGUAGE, language, _BROWSER_LIFETIME)


def client_address(request: HTTPConnection) -> str:
    """Give the network address of the browser.

    X-Forwarded-For is read from the right, and only while the hop that reported it is one of
    CIAM_TRUSTED_PROXIES; what a stranger writes further left is never believed.
    """
    address = request.client.host if request.client else "0.0.0.0"  # noqa: S104 - unknown, not bound
    trusted = [
        ipaddress.ip_network(n, strict=False) for n in parts(request).settings.trusted_proxies
    ]
    forwarded = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    hops = [hop.strip() for hop in forwarded if hop.strip()]
    while hops and _is_in(address, trusted):
        address = hops.pop()
    return address if _is_address(address) else "0.0.0.0"  # noqa: S104 - unknown, not bound


def _is_in(address: str, networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    return _is_address(address) and any(
        ipaddress.ip_address(address) in network for network in networks
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
