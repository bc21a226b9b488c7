"""From a template to an answer: language, brand, form token and content security policy."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse

from ciam.rendering import Brand
from ciam.web.browser import language_of
from ciam.web.csrf import csrf_token
from ciam.web.headers import allow_form_action, page_nonce
from ciam.web.parts import parts

LAST_KNOWN: Final = "as last seen, without asking the database"
"""The brand of a page that says that the database is away: nobody waits for it once more."""


async def render_page(
    request: Request,
    name: str,
    *,
    status: int = 200,
    brand: str | None = None,
    language: str | None = None,
    form_action: Iterable[str] = (),
    **context: object,
) -> HTMLResponse:
    """Render `pages/<name>.html`; the template's first comment states its context.

    `brand` is the key of a brand, `form_action` the origins a form on this page may end at: Chrome
    applies that directive to redirects after a form too.
    """
    found = parts(request)
    chosen = language or language_of(request)
    allow_form_action(request, form_action)
    html = found.renderer.render_page(
        name,
        language=chosen,
        brand=await find_brand(request, brand),
        nonce=page_nonce(request),
        context={
            "csrf_token": csrf_token(request),
            "languages": found.renderer.language_links(chosen, lambda code: _here(request, code)),
            **context,
        },
    )
    return HTMLResponse(html, status_code=status, headers={"Content-Language": chosen})


async def find_brand(request: Request, key: str | None) -> Brand:
    """Give a brand, or the installation's own look when there is none of that key."""
    if key == LAST_KNOWN:
        return parts(request).database.config_cache.last_known_brand()
    async with parts(request).database.read() as transaction:
        return await transaction.brands.get(key or "default")


def _here(request: Request, language: str) -> str:
    query = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in {"ui_locales", "token"}
    ]
    return f"{request.url.path}?{urlencode([*query, ('ui_locales', language)])}"
