"""/api/v1/customers: customers for services, found by ID or by an exact identifier, never browsed.

What a service reads passes `consent.release`: a purpose with this recipient that holds, or a system
of our own side. Whoever may not have an address finds nobody by it.
"""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ciam.audit.trail import Actor
from ciam.consent.release import Released, decide_service_release, note_release, send_reading
from ciam.consent.scope_claims import CLAIMS_OF_SCOPE, CONSENTS
from ciam.customers.customer import AddressTaken, create_customer
from ciam.customers.definitions import load_schema
from ciam.customers.identifiers import normalise_login
from ciam.customers.phones import parse_phone
from ciam.customers.profile import change_profile
from ciam.customers.resolving import resolve_customer
from ciam.errors import ApiRefusal
from ciam.oauth.resources import CUSTOMERS_READ, CUSTOMERS_WRITE
from ciam.storage import UnitOfWork
from ciam.storage.stores.customers import ACTIVE, DISABLED, Customer
from ciam.texts import Text
from ciam.web.api.callers import CHANNEL, SERVICE, OfService, ServiceCaller
from ciam.web.api.claims import Claims, ReleasedClaims
from ciam.web.api.conditions import answer_document, check_if_match, etag_of
from ciam.web.api.problems import documented
from ciam.web.api.profile import IdempotencyKey, IfMatch, IfNoneMatch
from ciam.web.api.rates import count_call
from ciam.web.api.route import ApiRoute
from ciam.web.api.writes import Reply, write_once
from ciam.web.browser import language_of
from ciam.web.parts import parts

router = APIRouter(prefix="/customers", tags=["Customers"], route_class=ApiRoute)
Reading = Annotated[ServiceCaller, Depends(OfService(CUSTOMERS_READ))]
Writing = Annotated[ServiceCaller, Depends(OfService(CUSTOMERS_WRITE))]
CustomerIdPath = Annotated[
    str, Path(pattern=r"^cus_[0-9a-z]{24}$", examples=["cus_0123456789abcdefghjkmnpq"])
]
_CLAIMS = frozenset(claim for claims in CLAIMS_OF_SCOPE.values() for claim in claims) - {CONSENTS}
OF_IDENTIFIER: Final = {"email": "email", "phone": "phone_number", "username": "preferred_username"}


class CustomerDocument(BaseModel):
    """A customer as this service may see them."""

    customer_id: str = Field(examples=["cus_0123456789abcdefghjkmnpq"])
    asked_id: str | None = Field(
        default=None, description="The ID that was asked for, when it was merged into this one."
    )
    state: Literal["active", "disabled"]
    claims: ReleasedClaims


class NewCustomer(BaseModel):
    """A customer whom another system knows already; nothing of them is proven yet."""

    model_config = ConfigDict(extra="forbid")

    email: str | None = Field(
        default=None, max_length=320, examples=["hanako@example.jp"],
        description="To sign in with, once its owner has proven it.",
    )  # fmt: skip
    phone: str | None = Field(
        default=None, max_length=40, examples=["+819012345678"],
        description="A mobile number, E.164 or as written at home; to sign in with, once proven.",
    )  # fmt: skip
    claims: Claims = Field(default_factory=Claims)
    language: str | None = Field(
        default=None, max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
    )


class Search(BaseModel):
    """An identifier that one signs in with; found only when it is the same."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["email", "phone", "username"]
    value: str = Field(min_length=1, max_length=320, examples=["hanako@example.jp"])


class CustomerList(BaseModel):
    """Who was found: nobody or one."""

    items: list[CustomerDocument]


@router.post(
    "",
    summary="Create a customer",
    status_code=201,
    **documented(SERVICE, CUSTOMERS_WRITE, writes=True, answer=CustomerDocument),
)
async def create(
    request: Request,
    caller: Writing,
    new: NewCustomer,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 - documents the header
) -> Response:
    """Make a customer; 409 when somebody signs in with that address or number already."""

    async def work(transaction: UnitOfWork) -> Reply:
        region = (await transaction.policies.get()).names.region
        try:
            customer = await create_customer(
                transaction,
                email=new.email or None,
                email_verified_at=None,
                phone=parse_phone(new.phone, region) if new.phone else None,
                password_hash=None,
                attributes=new.claims.values(),
                language=new.language or language_of(request),
                source=caller.source,
                actor=Actor.client(caller.client.client_id),
                who="service",
            )
        except AddressTaken as taken:
            raise ApiRefusal(
                409, "address_taken", Text("Somebody signs in with this address or number already.")
            ) from taken
        released = await decide(transaction, caller, customer)
        await note_release(transaction, released)
        document = _document(customer, released)
        where = f"{parts(request).settings.issuer}/api/v1/customers/{customer.customer_id}"
        return Reply(
            201, document, {"Location": where, "ETag": etag_of(transaction.database, document)}
        )

    return await write_once(request, caller, work)


@router.post(
    "/search",
    summary="Find a customer by an identifier",
    **documented(SERVICE, CUSTOMERS_READ, 413, 415, 429, answer=CustomerList),
)
async def search(request: Request, caller: Reading, wanted: Search) -> Response:
    """Find who signs in with exactly this; in a body, so that it stands in no log."""
    await count_call(request, caller, "searches")
    database, found = parts(request).database, list[Customer]()

    async def decide_one(transaction: UnitOfWork) -> Released:
        found.clear()
        identifier = await transaction.identifiers.find_login(
            normalise_login(wanted.value, (await transaction.policies.get()).names.region)
        )
        if identifier is None or identifier.kind != wanted.kind:
            return Released({}, ())
        customer = await transaction.customers.find(identifier.customer)
        if customer is None or customer.state not in {ACTIVE, DISABLED}:
            return Released({}, ())
        released = await decide(transaction, caller, customer)
        if OF_IDENTIFIER[wanted.kind] not in released.claims:
            return Released({}, ())
        found.append(customer)
        return released

    released = await send_reading(database, decide_one)
    return JSONResponse({"items": [_document(customer, released) for customer in found]})


@router.get(
    "/{customer_id}",
    summary="Read a customer",
    **documented(SERVICE, CUSTOMERS_READ, 304, 404, 410, answer=CustomerDocument),
)
async def read(
    request: Request,
    caller: Reading,
    customer_id: CustomerIdPath,
    if_none_match: IfNoneMatch = None,  # noqa: ARG001 - documents the header
) -> Response:
    """Give a customer; an ID that was merged leads to the customer who lives on."""
    database = parts(request).database
    async with database.read() as transaction:
        customer = await resolve_customer(transaction, customer_id)
    released = await send_reading(
        database, lambda transaction: decide(transaction, caller, customer)
    )
    return answer_document(request, database, _document(customer, released, asked=customer_id))


@router.patch(
    "/{customer_id}",
    summary="Change a customer",
    **documented(
        SERVICE, CUSTOMERS_WRITE, 404, 410, 412, 428, writes=True, answer=CustomerDocument
    ),
)
async def change(
    request: Request,
    caller: Writing,
    customer_id: CustomerIdPath,
    claims: Claims,
    *,
    if_match: IfMatch = None,  # noqa: ARG001 - documents the header
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 - documents the header
) -> Response:
    """Set the claims that are sent; null ends one (JSON Merge Patch, RFC 7396)."""

    async def work(transaction: UnitOfWork) -> Reply:
        customer = await resolve_customer(transaction, customer_id)
        await transaction.customers.lock(customer.id)
        before = _document(customer, await decide(transaction, caller, customer), asked=customer_id)
        check_if_match(request, etag_of(transaction.database, before))
        await change_profile(
            transaction,
            customer.id,
            claims.values(),
            caller.source,
            actor=Actor.client(caller.client.client_id),
            who="service",
        )
        after = await decide(transaction, caller, customer)
        await note_release(transaction, after)
        document = _document(customer, after, asked=customer_id)
        return Reply(200, document, {"ETag": etag_of(transaction.database, document)})

    return await write_once(request, caller, work)


async def decide(
    transaction: UnitOfWork,
    caller: ServiceCaller,
    customer: Customer,
    claims: frozenset[str] | None = None,
) -> Released:
    """Decide what this service may have of a customer: all claims, or those that are wanted."""
    if claims is None:
        claims = _CLAIMS | (await load_schema(transaction)).added.keys()
    return await decide_service_release(
        transaction, customer=customer.id, client=caller.client, claims=claims, channel=CHANNEL
    )


def _document(
    customer: Customer, released: Released, *, asked: str | None = None
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "customer_id": customer.customer_id,
        "state": customer.state,
        "claims": released.claims,
    }
    if asked is not None and asked != customer.customer_id:
        document["asked_id"] = asked
    return document
