"""/api/v1/authenticators: the ways a customer signs in, for somebody who signed in just now.

Which second factor is missing is what a thief of a token would ask first, so a recent sign-in is
needed, by both factors of who has two (RFC 9470): the app sends the customer to us with what the
challenge says.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ciam.oauth.resources import ACCOUNT_AUTHENTICATORS
from ciam.web.api.callers import CUSTOMER, CustomerCaller, OfCustomer
from ciam.web.api.consents import note_sent
from ciam.web.api.problems import documented
from ciam.web.api.route import ApiRoute
from ciam.web.parts import parts

router = APIRouter(prefix="/authenticators", tags=["Authenticators"], route_class=ApiRoute)
Allowed = Annotated[CustomerCaller, Depends(OfCustomer(ACCOUNT_AUTHENTICATORS, fresh=True))]


class AuthenticatorEntry(BaseModel):
    """One way to sign in; never anything that would help to do it."""

    id: UUID
    method: str = Field(examples=["password", "passkey", "totp"])
    label: str | None = Field(description="What the customer called it.")
    created_at: datetime
    last_used_at: datetime | None


class AuthenticatorList(BaseModel):
    """Every way to sign in, the oldest first."""

    items: list[AuthenticatorEntry]


@router.get(
    "",
    summary="List the ways to sign in",
    **documented(CUSTOMER, ACCOUNT_AUTHENTICATORS, answer=AuthenticatorList),
)
async def list_all(request: Request, caller: Allowed) -> Response:
    """Give what the customer signs in with."""
    await note_sent(request, caller, ACCOUNT_AUTHENTICATORS, "authenticators")
    async with parts(request).database.read() as transaction:
        found = await transaction.authenticators.list_for(caller.customer)
    items = [
        {
            "id": str(one.id),
            "method": one.method,
            "label": one.document.get("label"),
            "created_at": one.created_at.isoformat(),
            "last_used_at": None if one.last_used_at is None else one.last_used_at.isoformat(),
        }
        for one in found
    ]
    return JSONResponse({"items": items})
