"""/api/v1/sessions: where the customer is signed in, and signing out there."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ciam.errors import ApiRefusal
from ciam.oauth.resources import ACCOUNT_SESSIONS
from ciam.sessions.session import end_session
from ciam.storage import UnitOfWork
from ciam.storage.stores.sessions import Session
from ciam.texts import Text
from ciam.web.api.callers import CUSTOMER, CustomerCaller, OfCustomer
from ciam.web.api.consents import note_sent
from ciam.web.api.problems import documented
from ciam.web.api.profile import IdempotencyKey
from ciam.web.api.route import ApiRoute
from ciam.web.api.writes import Reply, write_once
from ciam.web.browser import language_of
from ciam.web.pages.account.devices import describe_device
from ciam.web.parts import parts

router = APIRouter(prefix="/sessions", tags=["Sessions"], route_class=ApiRoute)
Allowed = Annotated[CustomerCaller, Depends(OfCustomer(ACCOUNT_SESSIONS))]
_REASON = "ended_by_customer"


class SessionEntry(BaseModel):
    """One browser in which the customer is signed in."""

    id: UUID
    device: str = Field(examples=["Chrome on Windows"])
    address: str | None = Field(description="The network address it began from.")
    acr: str
    amr: list[str] = Field(description="How they signed in (RFC 8176).", examples=[["pwd"]])
    authenticated_at: datetime
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool = Field(description="Whether the token of this request hangs on it.")


class SessionList(BaseModel):
    """Every live session, the latest first."""

    items: list[SessionEntry]


class Ended(BaseModel):
    """How many sessions were ended."""

    ended: int


@router.get(
    "",
    summary="List the sessions",
    **documented(CUSTOMER, ACCOUNT_SESSIONS, answer=SessionList),
)
async def list_all(request: Request, caller: Allowed) -> Response:
    """Give where the customer is signed in."""
    await note_sent(request, caller, ACCOUNT_SESSIONS, "sessions")
    async with parts(request).database.read() as transaction:
        own = await _own_session(transaction, caller)
        found = await transaction.sessions.list_for(caller.customer)
    found.sort(key=lambda session: session.last_seen_at, reverse=True)
    return JSONResponse({"items": [_document(request, session, own=own) for session in found]})


@router.delete(
    "/{session_id}",
    summary="Sign out somewhere",
    status_code=204,
    **documented(CUSTOMER, ACCOUNT_SESSIONS, 404, writes=True, answer=None),
)
async def end_one(
    request: Request,
    caller: Allowed,
    session_id: UUID,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 - documents the header
) -> Response:
    """End a session and the tokens that hang on it."""

    async def work(transaction: UnitOfWork) -> Reply:
        for session in await transaction.sessions.list_for(caller.customer):
            if session.id == session_id:
                await end_session(transaction, session, _REASON)
                return Reply(204)
        raise ApiRefusal(404, "no_session", Text("There is no such session."))

    return await write_once(request, caller, work)


@router.post(
    "/end-others",
    summary="Sign out everywhere else",
    **documented(CUSTOMER, ACCOUNT_SESSIONS, writes=True, answer=Ended),
)
async def end_others(
    request: Request,
    caller: Allowed,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 - documents the header
) -> Response:
    """End every session but the one that this token hangs on."""

    async def work(transaction: UnitOfWork) -> Reply:
        own = await _own_session(transaction, caller)
        ended = 0
        for session in await transaction.sessions.list_for(caller.customer):
            if session.id != own:
                ended += await end_session(transaction, session, _REASON)
        return Reply(200, {"ended": ended})

    return await write_once(request, caller, work)


async def _own_session(transaction: UnitOfWork, caller: CustomerCaller) -> UUID | None:
    if caller.family.sid is None:
        return None
    found = await transaction.sessions.find_by_sid(caller.family.sid)
    return None if found is None else found.session


def _document(request: Request, session: Session, *, own: UUID | None) -> dict[str, Any]:
    say, language = parts(request).renderer.say, language_of(request)
    return {
        "id": str(session.id),
        "device": say(describe_device(session.user_agent), language),
        "address": session.address or None,
        "acr": session.acr,
        "amr": list(session.amr),
        "authenticated_at": session.authenticated_at.isoformat(),
        "created_at": session.created_at.isoformat(),
        "last_seen_at": session.last_seen_at.isoformat(),
        "expires_at": session.expires_at.isoformat(),
        "current": session.id == own,
    }
