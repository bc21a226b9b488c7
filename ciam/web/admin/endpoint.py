"""Routes of the console and its API: each names the permission without which it is not reached.

The table of roles and endpoints is made from these routes, so none can be left out of its test.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk, find_desk, note_use
from ciam.errors import ApiRefusal
from ciam.storage.stores.operator_sessions import BEARER, COOKIE
from ciam.texts import Text
from ciam.web.cookies import OPERATOR, read_cookie
from ciam.web.parts import parts

SIGN_IN: Final = "/admin/sign-in"
CONFIRM: Final = "/admin/confirm"
_SCHEME: Final = "bearer "

Handler = Callable[[Request, Desk], Awaitable[Response]]


class AdminRoute(Route):
    """A route for operators with one permission."""

    def __init__(
        self,
        path: str,
        handler: Handler,
        *,
        needs: Permission,
        methods: tuple[str, ...] = ("GET",),
        fresh: bool = False,
    ) -> None:
        """Take the handler and what it needs; `fresh`: a proof of a few minutes ago."""
        self.needs = needs
        self.needs_fresh = fresh
        self.handler = handler
        answer = self._answer_api if path.startswith("/api/") else self._answer_page
        super().__init__(path, answer, methods=list(methods))

    async def _answer_page(self, request: Request) -> Response:
        """Let an operator in by cookie, or send the browser to sign in first."""
        secret = read_cookie(request, OPERATOR)
        desk, is_fresh = await self._find(request, secret, COOKIE)
        if desk is None:
            return _lead(request, SIGN_IN)
        if self.needs not in desk.permissions:
            raise HTTPException(404)
        if not is_fresh:
            return _lead(request, CONFIRM)
        return await self.handler(request, desk)

    async def _answer_api(self, request: Request) -> Response:
        """Let an operator in by bearer token (RFC 6750 §2.1); a cookie opens nothing here."""
        sent = request.headers.get("authorization", "")
        secret = sent[len(_SCHEME) :] if sent.lower().startswith(_SCHEME) else None
        desk, is_fresh = await self._find(request, secret, BEARER)
        if desk is None:
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
        if self.needs not in desk.permissions:
            raise HTTPException(404)
        if not is_fresh:
            raise ApiRefusal(
                403,
                "proof_too_old",
                Text("Prove again who you are: POST /api/admin/v1/session/confirm."),
            )
        return await self.handler(request, desk)

    async def _find(
        self, request: Request, secret: str | None, kind: str
    ) -> tuple[Desk | None, bool]:
        if secret is None:
            return None, False
        database = parts(request).database
        async with database.read() as transaction:
            desk = await find_desk(transaction, secret, kind=kind)
            is_fresh = desk is not None and (
                not self.needs_fresh or await desk.is_fresh(transaction)
            )
        if desk is not None:
            await note_use(database, desk)
        return desk, is_fresh


def safe_return(path: str) -> str:
    """Give where to go on inside the console; anything else is its first page."""
    is_ours = path == "/admin" or path.startswith("/admin/")
    return path if is_ours and "\\" not in path and "//" not in path else "/admin"


def _lead(request: Request, path: str) -> RedirectResponse:
    """Send the browser to prove something, and back to the page that it came from."""
    here = request.url.path
    if request.method != "GET":
        here = here.rpartition("/")[0]
    return RedirectResponse(f"{path}?{urlencode({'return_to': here})}", status_code=303)
