"""/api/v1/customers/{customer_id}/consents: choices of a customer, for services.

A service sees the purposes it has to do with. One of ours may record what a customer decided on
paper or by phone, with the time it was decided; every service may record that one was taken back.
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ciam.consent.choices import Wish, find_choice, list_choices
from ciam.consent.choices import decide as record_choice
from ciam.consent.release import send_reading
from ciam.consent.scope_claims import CONSENTS
from ciam.customers.resolving import resolve_customer
from ciam.errors import ApiRefusal
from ciam.oauth.resources import CONSENTS_READ, CONSENTS_WRITE
from ciam.storage import UnitOfWork
from ciam.texts import Text
from ciam.web.api.callers import SERVICE, OfService, ServiceCaller
from ciam.web.api.consents import (
    Consent,
    ConsentList,
    Decision,
    PurposeKey,
    consent_document,
    no_purpose,
)
from ciam.web.api.customers import CustomerIdPath, decide
from ciam.web.api.problems import documented
from ciam.web.api.profile import IdempotencyKey
from ciam.web.api.route import ApiRoute
from ciam.web.api.writes import Reply, write_once
from ciam.web.browser import language_of
from ciam.web.parts import parts

router = APIRouter(
    prefix="/customers/{customer_id}/consents", tags=["Customers"], route_class=ApiRoute
)
Reading = Annotated[ServiceCaller, Depends(OfService(CONSENTS_READ))]
Writing = Annotated[ServiceCaller, Depends(OfService(CONSENTS_WRITE))]


class ReportedDecision(Decision):
    """What a customer decided elsewhere."""

    decided_at: AwareDatetime | None = Field(
        default=None, description="When; left out: now. Never later than now."
    )


@router.get(
    "",
    summary="List the choices of a customer",
    **documented(SERVICE, CONSENTS_READ, 404, 410, answer=ConsentList),
)
async def list_all(request: Request, caller: Reading, customer_id: CustomerIdPath) -> Response:
    """Give the purposes that this service has to do with, and what the customer decided."""
    database = parts(request).database
    async with database.read() as transaction:
        customer = await resolve_customer(transaction, customer_id)
        choices = await list_choices(transaction, customer.id, caller.client)
    if choices:
        await send_reading(
            database,
            lambda transaction: decide(transaction, caller, customer, frozenset({CONSENTS})),
        )
    return JSONResponse({"items": [consent_document(request, choice) for choice in choices]})


@router.put(
    "/{purpose}",
    summary="Record a choice of a customer",
    **documented(SERVICE, CONSENTS_WRITE, 404, 410, writes=True, answer=Consent),
)
async def put(
    request: Request,
    caller: Writing,
    customer_id: CustomerIdPath,
    purpose: PurposeKey,
    decision: ReportedDecision,
    *,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 - documents the header
) -> Response:
    """Record a decision with its receipt; the same one again changes nothing."""

    async def work(transaction: UnitOfWork) -> Reply:
        customer = await resolve_customer(transaction, customer_id)
        await transaction.customers.lock(customer.id)
        choice = await find_choice(transaction, customer.id, caller.client, purpose)
        if choice is None:
            raise no_purpose()
        wish = Wish(
            agrees=decision.decision == "give",
            version=decision.version,
            origin=parts(request).settings.issuer,
            language=language_of(request),
            effective_at=_checked(decision.decided_at, transaction.clock.now()),
        )
        await record_choice(transaction, customer.id, caller.client, choice.purpose, wish)
        decided = await find_choice(transaction, customer.id, caller.client, purpose)
        return Reply(200, None if decided is None else consent_document(request, decided))

    return await write_once(request, caller, work)


def _checked(decided_at: datetime | None, now: datetime) -> datetime | None:
    if decided_at is not None and decided_at > now:
        text = Text("A decision cannot be made later than now.")
        raise ApiRefusal(422, "does_not_fit", text, faults={"#/decided_at": text})
    return decided_at
