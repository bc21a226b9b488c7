"""One receipt: readable on the page, and the signed form to keep (RFC 7515, compact)."""

from typing import Final
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.consent.receipt_document import ReceiptDocument
from ciam.consent.receipt_titles import titles_of
from ciam.consent.scope_claims import CLAIM_LABELS, label_of
from ciam.consent.verify import read_unverified
from ciam.customers.attributes import Schema
from ciam.customers.definitions import load_schema
from ciam.storage import UnitOfWork
from ciam.storage.stores.receipts import CLIENT, Receipt
from ciam.texts import Text
from ciam.web.browser import language_of
from ciam.web.dependencies import sign_in_first
from ciam.web.pages.account.signed_in import find_signed_in, render_account_page
from ciam.web.parts import parts

_BACK: Final = "/account/consents"
_ELSEWHERE: Final = Text("Outside these pages")
_PLACES: Final = {
    "sign_up": Text("When you created the account"),
    "consent": Text("When you signed in to an app"),
    "account": Text("In your account"),
}
_OF_CLIENT: Final = {"given": "granted", "withdrawn": "removed"}


async def receipt(request: Request) -> Response:
    """Show a receipt of the customer who is signed in."""
    language = language_of(request)
    async with parts(request).database.read() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None:
            return sign_in_first(request)
        found = await _find(request, transaction, signed_in.session.customer)
        title = (await titles_of(transaction, [found], language))[found.id]
        schema = await load_schema(transaction)
    header, document = read_unverified(found.jws)
    [processed] = document.record.pii_processing.purposes
    return await render_account_page(
        request,
        "receipt",
        signed_in,
        receipt={
            "id": str(found.id),
            "title": title.title,
            "decision": _OF_CLIENT[found.act] if found.subject_kind == CLIENT else found.act,
            "when": found.effective_at,
            "version": title.version,
            "purpose": processed.purpose,
            "recipient": _recipients(document),
            "data": [
                _label(request, schema, item.pii_attribute_id, item.pii_type)
                for item in processed.pii_information
            ],
            "notice_href": title.href,
            "channel": _PLACES.get(document.shown.page, _ELSEWHERE),
            "signed_by": header["kid"],
        },
        download_href=f"{request.url.path}/download",
        back_href=_BACK,
    )


async def download(request: Request) -> Response:
    """Give the signed receipt as a file: whoever has our published keys can verify it."""
    async with parts(request).database.read() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None:
            return sign_in_first(request)
        found = await _find(request, transaction, signed_in.session.customer)
    return Response(
        found.jws,
        media_type="application/jose",
        headers={
            "Content-Disposition": f'attachment; filename="receipt-{found.id}.jws"',
            "Cache-Control": "no-store",
        },
    )


async def _find(request: Request, transaction: UnitOfWork, customer: UUID) -> Receipt:
    try:
        wanted = UUID(request.path_params["receipt"])
    except ValueError as error:
        raise HTTPException(404) from error
    found = await transaction.receipts.find(customer, wanted)
    if found is None:
        raise HTTPException(404)
    return found


def _recipients(document: ReceiptDocument) -> str | None:
    [processed] = document.record.pii_processing.purposes
    names = {party.party_id: party.party_name for party in document.record.party_identification}
    found = [names[party] for party in processed.recipient_third_parties]
    return ", ".join(found) or next(iter(names.values()), None)


def _label(request: Request, schema: Schema, claim: str | None, written: str) -> str:
    if claim is None or (claim not in CLAIM_LABELS and claim not in schema.by_name):
        return written
    language = language_of(request)
    return parts(request).renderer.say(label_of(schema, claim, language), language)


routes = [
    Route("/account/receipts/{receipt}", receipt, methods=["GET"]),
    Route("/account/receipts/{receipt}/download", download, methods=["GET"]),
]
