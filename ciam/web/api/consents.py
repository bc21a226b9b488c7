"""/api/v1/consents: the customer's choices, agreeing and taking back, the receipts of both."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ciam.consent.choices import (
    Choice,
    Wish,
    decide,
    find_choice,
    list_choices,
    list_own_receipts,
)
from ciam.consent.receipt_titles import ReceiptTitle, titles_of
from ciam.consent.release import Released, decide_record_release, send_reading
from ciam.errors import ApiRefusal
from ciam.oauth.errors import InsufficientScope
from ciam.oauth.resources import ACCOUNT_CONSENTS
from ciam.storage import UnitOfWork
from ciam.storage.stores.receipts import Receipt
from ciam.texts import Text
from ciam.web.api.callers import CHANNEL, CUSTOMER, CustomerCaller, OfCustomer
from ciam.web.api.paging import Cursor, Limit, page
from ciam.web.api.problems import documented
from ciam.web.api.profile import IdempotencyKey
from ciam.web.api.route import ApiRoute
from ciam.web.api.writes import Reply, write_once
from ciam.web.browser import language_of
from ciam.web.parts import parts

router = APIRouter(prefix="/consents", tags=["Consents"], route_class=ApiRoute)
Allowed = Annotated[CustomerCaller, Depends(OfCustomer(ACCOUNT_CONSENTS))]
PurposeKey = Annotated[str, Path(max_length=64, examples=["newsletter"])]


class Consent(BaseModel):
    """One purpose in the reader's words, and what the customer decided."""

    purpose: str = Field(examples=["newsletter"])
    version: int = Field(description="Of the text; send it back to agree.")
    title: str
    what: str
    why: str
    recipient: str
    text_uri: str = Field(description="The full text, a page of ours.")
    state: Literal["given", "refused", "withdrawn", "expired", "undecided"]
    since: datetime | None
    receipt: UUID | None = Field(description="The receipt of that decision.")


class ConsentList(BaseModel):
    """Every purpose that this app has to do with."""

    items: list[Consent]


class Decision(BaseModel):
    """What the customer decided."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["give", "withdraw"]
    version: int | None = Field(
        default=None,
        ge=1,
        le=2**31,
        description="Whose text the customer read; needed to agree.",
    )


class ReceiptSummary(BaseModel):
    """One decision, as it is listed."""

    id: UUID
    kind: Literal["purpose", "notice", "client"]
    key: str = Field(description="Key of the purpose or notice, or client_id.")
    title: str
    version: str | None
    decision: Literal["given", "refused", "withdrawn", "accepted"]
    effective_at: datetime
    recorded_at: datetime


class ReceiptPage(BaseModel):
    """A page of receipts, newest first."""

    items: list[ReceiptSummary]
    next: str | None = Field(description="The cursor of the next page; null: there is none.")


class SignedReceipt(ReceiptSummary):
    """One decision with its proof."""

    jws: str = Field(description="Signed (RFC 7515); the keys are at /jwks/receipts.json.")


@router.get(
    "",
    summary="List the choices",
    **documented(CUSTOMER, ACCOUNT_CONSENTS, answer=ConsentList),
)
async def list_all(request: Request, caller: Allowed) -> Response:
    """Give the purposes that this app has to do with, in the reader's language."""
    await note_sent(request, caller, ACCOUNT_CONSENTS, "consents")
    async with parts(request).database.read() as transaction:
        choices = await list_choices(transaction, caller.customer, caller.client)
    return JSONResponse({"items": [consent_document(request, choice) for choice in choices]})


@router.put(
    "/{purpose}",
    summary="Agree or take back",
    **documented(CUSTOMER, ACCOUNT_CONSENTS, 404, writes=True, answer=Consent),
)
async def put(
    request: Request,
    caller: Allowed,
    purpose: PurposeKey,
    decision: Decision,
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 - documents the header
) -> Response:
    """Record a decision with its receipt; the same one again changes nothing.

    Taking back narrows what apps may do, at once: the token of this request may end with it, and
    its refresh goes on with less.
    """

    async def work(transaction: UnitOfWork) -> Reply:
        await transaction.customers.lock(caller.customer)
        choice = await find_choice(transaction, caller.customer, caller.client, purpose)
        if choice is None:
            raise no_purpose()
        await decide(
            transaction,
            caller.customer,
            caller.client,
            choice.purpose,
            Wish(
                agrees=decision.decision == "give",
                version=decision.version,
                origin=parts(request).settings.issuer,
                language=language_of(request),
            ),
        )
        decided = await find_choice(transaction, caller.customer, caller.client, purpose)
        return Reply(200, None if decided is None else consent_document(request, decided))

    return await write_once(request, caller, work)


@router.get(
    "/receipts",
    summary="List the receipts",
    **documented(CUSTOMER, ACCOUNT_CONSENTS, answer=ReceiptPage),
)
async def list_receipts(
    request: Request, caller: Allowed, cursor: Cursor = None, limit: Limit = 20
) -> Response:
    """Give the decisions, newest first; an app learns nothing of other apps."""
    await note_sent(request, caller, ACCOUNT_CONSENTS, "receipts")
    database = parts(request).database
    async with database.read() as transaction:
        receipts = await list_own_receipts(transaction, caller.customer, caller.client)
        found, following = page(database, caller, receipts, _order, after=cursor, limit=limit)
        titles = await titles_of(transaction, found, language_of(request))
    items = [_summary(receipt, titles[receipt.id]) for receipt in found]
    return JSONResponse({"items": items, "next": following})


@router.get(
    "/receipts/{receipt_id}",
    summary="Read a receipt",
    **documented(CUSTOMER, ACCOUNT_CONSENTS, 404, answer=SignedReceipt),
)
async def read_receipt(request: Request, caller: Allowed, receipt_id: UUID) -> Response:
    """Give one decision with its signed proof."""
    await note_sent(request, caller, ACCOUNT_CONSENTS, "receipts")
    async with parts(request).database.read() as transaction:
        own = await list_own_receipts(transaction, caller.customer, caller.client)
        found = await transaction.receipts.find(caller.customer, receipt_id)
        if found is None or all(receipt.id != receipt_id for receipt in own):
            raise ApiRefusal(404, "no_receipt", Text("There is no such receipt."))
        titles = await titles_of(transaction, [found], language_of(request))
    return JSONResponse(_summary(found, titles[found.id]) | {"jws": found.jws})


async def note_sent(request: Request, caller: CustomerCaller, scope: str, item: str) -> None:
    """Write to the ledger that a record leaves; raise when the grant ended in this moment."""

    async def decide_record(transaction: UnitOfWork) -> Released:
        released = await decide_record_release(
            transaction,
            customer=caller.customer,
            client=caller.client,
            scope=scope,
            item=item,
            channel=CHANNEL,
        )
        if released is None:
            raise InsufficientScope(scope)
        return released

    await send_reading(parts(request).database, decide_record)


def no_purpose() -> ApiRefusal:
    """Give the refusal for a purpose that is not there, or not for this caller."""
    return ApiRefusal(404, "no_purpose", Text("There is no such purpose."))


def consent_document(request: Request, choice: Choice) -> dict[str, Any]:
    """Write one choice in the reader's language."""
    purpose = choice.purpose
    texts = purpose.document.texts_in(language_of(request))
    return {
        "purpose": purpose.key,
        "version": purpose.version,
        "title": texts.title,
        "what": texts.what,
        "why": texts.why,
        "recipient": texts.recipient,
        "text_uri": parts(request).settings.issuer + purpose.href,
        "state": choice.state,
        "since": None if choice.since is None else choice.since.isoformat(),
        "receipt": None if choice.receipt is None else str(choice.receipt),
    }


def _summary(receipt: Receipt, title: ReceiptTitle) -> dict[str, Any]:
    return {
        "id": str(receipt.id),
        "kind": receipt.subject_kind,
        "key": title.key,
        "title": title.title,
        "version": title.version,
        "decision": receipt.act,
        "effective_at": receipt.effective_at.isoformat(),
        "recorded_at": receipt.recorded_at.isoformat(),
    }


def _order(receipt: Receipt) -> str:
    return f"{receipt.recorded_at.isoformat(timespec='microseconds')} {receipt.id}"
