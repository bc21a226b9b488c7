"""/api/v1/customers/{customer_id}/identifiers: what points at a customer, for services."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ciam.consent.release import Released, send_reading
from ciam.customers.resolving import resolve_customer
from ciam.oauth.resources import CUSTOMERS_READ
from ciam.storage import UnitOfWork
from ciam.storage.stores.identifiers import Identifier
from ciam.web.api.callers import SERVICE, OfService, ServiceCaller
from ciam.web.api.customers import OF_IDENTIFIER, CustomerIdPath, decide
from ciam.web.api.problems import documented
from ciam.web.api.route import ApiRoute
from ciam.web.parts import parts

router = APIRouter(
    prefix="/customers/{customer_id}/identifiers", tags=["Customers"], route_class=ApiRoute
)
Reading = Annotated[ServiceCaller, Depends(OfService(CUSTOMERS_READ))]


class IdentifierEntry(BaseModel):
    """One identifier as it was given to us."""

    id: UUID
    kind: str = Field(examples=["email"])
    value: str = Field(examples=["hanako@example.jp"])
    verified_at: datetime | None = Field(description="When its owner first proved to hold it.")
    added_at: datetime
    signs_in: bool = Field(description="Whether one signs in with it.")


class IdentifierList(BaseModel):
    """Every identifier that this service may have, the oldest first."""

    items: list[IdentifierEntry]


@router.get(
    "",
    summary="List the identifiers of a customer",
    **documented(SERVICE, CUSTOMERS_READ, 404, 410, answer=IdentifierList),
)
async def list_all(request: Request, caller: Reading, customer_id: CustomerIdPath) -> Response:
    """Give the identifiers whose claim may leave: an e-mail address as `email` may."""
    database, found = parts(request).database, list[Identifier]()
    async with database.read() as transaction:
        customer = await resolve_customer(transaction, customer_id)

    async def decide_kinds(transaction: UnitOfWork) -> Released:
        released = await decide(transaction, caller, customer, frozenset(OF_IDENTIFIER.values()))
        found[:] = [
            one
            for one in await transaction.identifiers.list_for(customer.id)
            if OF_IDENTIFIER.get(one.kind) in released.claims
        ]
        return released

    await send_reading(database, decide_kinds)
    return JSONResponse(
        {
            "items": [
                {
                    "id": str(one.id),
                    "kind": one.kind,
                    "value": one.value,
                    "verified_at": None if one.verified_at is None else one.verified_at.isoformat(),
                    "added_at": one.added_at.isoformat(),
                    "signs_in": one.is_login,
                }
                for one in found
            ]
        }
    )
