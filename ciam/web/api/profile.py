"""/api/v1/profile: what an app may know of the customer, and changing it for them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from ciam.audit.trail import Actor
from ciam.consent.release import Released, decide_release, note_release, send_reading
from ciam.customers.profile import change_profile
from ciam.oauth.resources import ACCOUNT_PROFILE
from ciam.storage import UnitOfWork
from ciam.web.api.callers import CHANNEL, CUSTOMER, CustomerCaller, OfCustomer
from ciam.web.api.claims import Claims, ReleasedClaims
from ciam.web.api.conditions import answer_document, check_if_match, etag_of
from ciam.web.api.problems import documented
from ciam.web.api.route import ApiRoute
from ciam.web.api.writes import Reply, write_once
from ciam.web.parts import parts

router = APIRouter(prefix="/profile", tags=["Profile"], route_class=ApiRoute)
Allowed = Annotated[CustomerCaller, Depends(OfCustomer(ACCOUNT_PROFILE))]
IfMatch = Annotated[str | None, Header(description="The ETag of what you read.")]
IfNoneMatch = Annotated[str | None, Header(description="The ETag of what you have.")]
IdempotencyKey = Annotated[
    str | None, Header(description="Of your making; the same reply for 24 hours.")
]


class Profile(ReleasedClaims):
    """The customer as this app may see them."""

    sub: str = Field(description="As in the ID token of this app.")


@router.get(
    "", summary="Read the profile", **documented(CUSTOMER, ACCOUNT_PROFILE, 304, answer=Profile)
)
async def read(request: Request, caller: Allowed, if_none_match: IfNoneMatch = None) -> Response:  # noqa: ARG001 - documents the header
    """Give the claims that the scopes of the token and the customer's consent let leave."""
    database = parts(request).database
    released = await send_reading(database, lambda transaction: _decide(transaction, caller))
    return answer_document(request, database, _document(caller, released))


@router.patch(
    "",
    summary="Change the profile",
    **documented(CUSTOMER, ACCOUNT_PROFILE, 412, 428, writes=True, answer=Profile),
)
async def change(
    request: Request,
    caller: Allowed,
    claims: Claims,
    if_match: IfMatch = None,  # noqa: ARG001 - documents the header
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 - documents the header
) -> Response:
    """Set the claims that are sent; null ends one (JSON Merge Patch, RFC 7396)."""

    async def work(transaction: UnitOfWork) -> Reply:
        await transaction.customers.lock(caller.customer)
        before = await _decide(transaction, caller)
        check_if_match(request, etag_of(transaction.database, _document(caller, before)))
        await change_profile(
            transaction,
            caller.customer,
            claims.values(),
            caller.source,
            actor=Actor.client(caller.client.client_id),
        )
        after = await _decide(transaction, caller)
        await note_release(transaction, after)
        document = _document(caller, after)
        return Reply(200, document, {"ETag": etag_of(transaction.database, document)})

    return await write_once(request, caller, work)


async def _decide(transaction: UnitOfWork, caller: CustomerCaller) -> Released:
    return await decide_release(
        transaction,
        customer=caller.customer,
        client=caller.client,
        scopes=caller.scopes,
        claims=None,
        channel=CHANNEL,
    )


def _document(caller: CustomerCaller, released: Released) -> dict[str, Any]:
    claims = {name: value for name, value in released.claims.items() if name != "consents"}
    return {**claims, "sub": caller.family.subject}
