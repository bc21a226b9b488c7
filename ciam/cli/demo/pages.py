"""How the programs of the demo show themselves: a few templates, two languages, strict headers."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

FOLDER: Final = Path(__file__).parent / "templates"
LANGUAGES: Final = ("ja", "en")

_LANGUAGE_COOKIE: Final = "tsumugi_lang"
_PLAIN_HEADERS: Final = {
    "Cache-Control": "no-store",
    # `no-referrer` would make browsers send `Origin: null` with the page's own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

_templates = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)


def language_of(request: Request) -> str:
    """Give the language to answer in: chosen by the link, chosen before, or the browser's."""
    asked = request.query_params.get("lang") or request.cookies.get(_LANGUAGE_COOKIE)
    if asked in LANGUAGES:
        return asked
    preferred = request.headers.get("accept-language", "ja").replace(";", ",").split(",")
    known = [tag.strip()[:2] for tag in preferred if tag.strip()[:2] in LANGUAGES]
    return known[0] if known else "en"


def answer(
    request: Request, template: str, *, policy: str, status: int = 200, **values: object
) -> Response:
    """Render a page in the reader's language; `policy` is its Content-Security-Policy."""
    language = language_of(request)
    page = _templates.get_template(template).render(
        language=language, t=_chooser(language), **values
    )
    headers = {**_PLAIN_HEADERS, "Content-Security-Policy": policy}
    response = HTMLResponse(page, status, headers=headers)
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(_LANGUAGE_COOKIE, language, httponly=True, samesite="lax")
    return response


def own_form(
    address: str, endpoint: Callable[[Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    """Refuse a form that another site sent: a browser says where a POST comes from."""

    async def checked(request: Request) -> Response:
        if request.headers.get("origin") != address:
            return PlainTextResponse("This form was sent from another site.\n", 403)
        return await endpoint(request)

    return checked


def _chooser(language: str) -> Callable[[str, str], str]:
    def choose(ja: str, en: str) -> str:
        return ja if language == "ja" else en

    return choose


async def _stylesheet(_request: Request) -> Response:
    return Response((FOLDER / "style.css").read_text("utf-8"), media_type="text/css")


async def _live(_request: Request) -> Response:
    return Response("ok\n", media_type="text/plain")


shared_routes: Final = [Route("/style.css", _stylesheet), Route("/livez", _live)]
