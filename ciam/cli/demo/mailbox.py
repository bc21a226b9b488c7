"""The demo's mailbox: what the server sent, newest first, for whoever sits at this computer."""

from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from ciam.cli.demo.letters import find_letter, read_letters
from ciam.cli.demo.pages import answer, shared_routes
from ciam.cli.demo.texts import read_texts

_PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
_LETTER_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'"
)
"""Mails carry their styles inline; nothing in one may run, load or be sent."""


def build_mailbox(folder: Path, texts: Path) -> Starlette:
    """Build the mailbox of a folder of `.eml` files and one of text messages."""

    async def index(request: Request) -> Response:
        return answer(
            request,
            "mailbox.html",
            policy=_PAGE_POLICY,
            letters=read_letters(folder),
            texts=read_texts(texts),
        )

    async def letter(request: Request) -> Response:
        found = find_letter(folder, request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        headers = {"Content-Security-Policy": _LETTER_POLICY, "Cache-Control": "no-store"}
        return HTMLResponse(found.html or f"<pre>{_escaped(found.text)}</pre>", headers=headers)

    return Starlette(routes=[Route("/", index), Route("/letters/{name}", letter), *shared_routes])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
