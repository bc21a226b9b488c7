"""What people do at the pages of the application in this process."""

from datetime import timedelta
from typing import Any

import pyotp
from starlette.applications import Starlette

from tests.parts.plain_browser import Page, PlainBrowser


def browser_of(app: Starlette, **options: Any) -> PlainBrowser:  # noqa: ANN401 - as PlainBrowser takes them
    """Give one more browser, that nobody has used."""
    return PlainBrowser(apps={app.state.parts.settings.issuer: app}, **options)


def url_of(app: Starlette, path: str) -> str:
    """Give the address of a page."""
    return f"{app.state.parts.settings.issuer}{path}"


async def open_page(app: Starlette, browser: PlainBrowser, path: str) -> Page:
    """Open a page."""
    return await browser.open(url_of(app, path))


def totp_code(app: Starlette, secret: str, later: int = 0) -> str:
    """Give the code that an authenticator app shows now, or some seconds later."""
    return pyotp.TOTP(secret).at(app.state.parts.clock.now() + timedelta(seconds=later))
