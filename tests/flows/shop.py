"""An app at work: it sends browsers to authorize, and reads what comes back."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.applications import Starlette

from ciam.storage.stores.clients import Client
from tests.oauth.authorization.apps import CALLBACK, GOOD, put_client
from tests.parts.plain_browser import Page, PlainBrowser

SHOP: Final = "https://shop.example.com/"


async def register(app: Starlette, client_id: str = "shop", **metadata: Any) -> Client:  # noqa: ANN401 - any metadata
    """Register the app."""
    async with app.state.parts.database.write() as transaction:
        return await put_client(transaction, client_id, **metadata)


def link(app: Starlette, changes: Mapping[str, str | None] | None = None) -> str:
    """Give the address the app sends a browser to; None leaves a parameter out."""
    wanted = {**GOOD, **(changes or {})}
    query = {name: value for name, value in wanted.items() if value is not None}
    return f"{app.state.parts.settings.issuer}/authorize?{urlencode(query)}"


def browser_of(app: Starlette, **options: Any) -> PlainBrowser:  # noqa: ANN401 - as PlainBrowser takes them
    """Give a browser that stops where it comes back to the app."""
    issuer = app.state.parts.settings.issuer
    return PlainBrowser(apps={issuer: app}, catch=(SHOP,), **options)


def answer_of(page: Page) -> dict[str, str]:
    """Give the parameters that came back to the app; fail when the browser is elsewhere."""
    assert page.url.startswith(f"{CALLBACK}?"), f"{page.url}\n{page.text[:3000]}"
    query = parse_qs(urlsplit(page.url).query, keep_blank_values=True, strict_parsing=True)
    assert all(len(values) == 1 for values in query.values())
    return {name: values[0] for name, values in query.items()}
