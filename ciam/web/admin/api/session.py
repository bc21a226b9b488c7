"""/api/admin/v1/session: begin one with password and code, prove it again, see it, end it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ciam.administration import sign_in as rules
from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.errors import ApiRefusal, SignInRefused
from ciam.storage.stores.operator_sessions import BEARER
from ciam.web.admin.api.body import Body, answer, read_body
from ciam.web.admin.api.operation import ApiRoute, OpenRoute, Operation
from ciam.web.browser import client_address
from ciam.web.parts import parts


class Credentials(Body):
    """What an operator signs in with."""

    email: str
    password: str
    code: str


class Proof(Body):
    """What an operator proves again."""

    password: str
    code: str


class Token(BaseModel):
    """A bearer token (RFC 6750); the session ends it, and so does proving it again."""

    token: str
    token_type: Literal["Bearer"]


class Session(BaseModel):
    """Who this is and what they may do."""

    operator: str
    name: str
    roles: list[str]
    permissions: list[str]
    expires_at: datetime


async def begin(request: Request) -> Response:
    """Begin a session: a bearer token, or the same refusal for every cause."""
    if request.headers.get("origin") is not None:  # a page of a browser has the console
        raise HTTPException(403)
    sent, found = await read_body(request, Credentials), parts(request)
    try:
        signed_in = await rules.sign_in(
            found.database,
            found.hasher,
            email=sent.email,
            password=sent.password,
            code=sent.code,
            address=client_address(request),
            kind=BEARER,
        )
    except SignInRefused as refused:
        raise ApiRefusal(401, "sign_in_refused", refused.text, cause=refused.cause) from refused
    return answer(Token(token=signed_in.secret, token_type="Bearer"), 201)


async def confirm(request: Request, desk: Desk) -> Response:
    """Prove again who this is: a new token; the one before is dead."""
    sent, found = await read_body(request, Proof), parts(request)
    try:
        secret = await rules.confirm(
            found.database,
            found.hasher,
            desk,
            password=sent.password,
            code=sent.code,
            address=client_address(request),
        )
    except SignInRefused as refused:
        raise ApiRefusal(401, "sign_in_refused", refused.text, cause=refused.cause) from refused
    return answer(Token(token=secret, token_type="Bearer"))


async def show(_request: Request, desk: Desk) -> Response:
    """Say who this is and what they may do."""
    return answer(
        Session(
            operator=str(desk.operator.id),
            name=desk.operator.name,
            roles=sorted(desk.operator.roles),
            permissions=sorted(desk.permissions),
            expires_at=desk.session.expires_at,
        )
    )


async def end(request: Request, desk: Desk) -> Response:
    """End the session."""
    async with parts(request).database.write() as transaction:
        await rules.sign_out(transaction, desk)
    return Response(status_code=204)


_ANYBODY = Permission.SIGNED_IN
_TOKEN = Operation(Token, body=Proof, refusals=(429,))
routes: list[ApiRoute | OpenRoute] = [
    OpenRoute("/session", begin, Operation(Token, 201, body=Credentials, refusals=(401, 403, 429))),
    ApiRoute("/session", show, Operation(Session), needs=_ANYBODY),
    ApiRoute("/session", end, Operation(status=204), needs=_ANYBODY, method="DELETE"),
    ApiRoute("/session/confirm", confirm, _TOKEN, needs=_ANYBODY, method="POST"),
]
