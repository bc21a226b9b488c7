"""Use of your data: each purpose with its state, one button to give or withdraw, the receipts.

Giving and withdrawing are one step each, with the same button; no reason is asked (GDPR art. 7(3)).
"""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciam.consent.client_grants import holds
from ciam.consent.decisions import record_decisions
from ciam.consent.purposes import Purpose, find_purpose, list_purposes
from ciam.consent.questions import Decisions, make_questions
from ciam.consent.receipt_titles import titles_of
from ciam.errors import FormRefused
from ciam.storage import UnitOfWork
from ciam.storage.stores.receipts import CLIENT, NOTICE, PURPOSE
from ciam.texts import Text
from ciam.web.browser import language_of
from ciam.web.dependencies import sign_in_first
from ciam.web.forms import FormState
from ciam.web.pages.account.signed_in import SignedIn, find_signed_in, render_account_page
from ciam.web.parts import parts
from ciam.web.read_form import read_form

PATH = "/account/consents"
_GIVE = "give"
_WITHDRAW = "withdraw"
_OF_CLIENT = {"given": "granted", "withdrawn": "removed"}


async def consents(request: Request) -> Response:
    """Show every purpose with its state, the accepted notices and the receipts."""
    return await _page(request, FormState())


async def decide(request: Request) -> Response:
    """Give or withdraw one purpose; the page shows the new state at once."""
    form = await read_form(request)
    try:
        async with parts(request).database.write() as transaction:
            signed_in = await find_signed_in(request, transaction)
            if signed_in is None:
                return sign_in_first(request)
            await _record(request, transaction, signed_in.session.customer, form)
    except FormRefused as refused:
        return await _page(request, FormState({}, refused.errors, refused.alert), status=422)
    done = "given" if form["decision"] == _GIVE else "withdrawn"
    return RedirectResponse(f"{PATH}?done={done}#purpose-{form['purpose']}", status_code=303)


async def _record(
    request: Request, transaction: UnitOfWork, customer: UUID, form: dict[str, str]
) -> None:
    purpose = await find_purpose(transaction, form.get("purpose", ""))
    decision = form.get("decision", "")
    if purpose is None or not purpose.needs_consent or decision not in {_GIVE, _WITHDRAW}:
        raise FormRefused(
            "no such purpose or decision",
            alert=Text("This choice is no longer offered. The page shows those there are."),
        )
    if decision == _GIVE and form.get("version", "") != str(purpose.version):
        raise FormRefused(
            "agreed to a version that is not in force",
            alert=Text("A text has changed in the meantime. Please read it again."),
        )
    language = language_of(request)
    questions = make_questions([], [purpose], language)
    await record_decisions(
        transaction,
        customer,
        Decisions(frozenset(), {purpose.id: decision == _GIVE}),
        screen=questions.shown_on("account", parts(request).settings.issuer),
    )


async def _page(request: Request, form: FormState, *, status: int = 200) -> Response:
    async with parts(request).database.read() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None:
            return sign_in_first(request)
        context = await _context(transaction, signed_in, language_of(request))
    return await render_account_page(
        request, "consents", signed_in, status=status, action=PATH, form=form, **context
    )


async def _context(
    transaction: UnitOfWork, signed_in: SignedIn, language: str
) -> dict[str, list[dict[str, Any]]]:
    customer = signed_in.session.customer
    states = await transaction.receipts.list_states(customer)
    receipts = await transaction.receipts.list_for(customer)
    titles = await titles_of(transaction, receipts, language)
    accepted = {state.receipt: state for state in states if state.subject_kind == NOTICE}
    return {
        "purposes": [
            _purpose(purpose, states, language)
            for purpose in await list_purposes(transaction)
            if purpose.needs_consent
        ],
        "notices": [
            {
                "key": titles[receipt.id].key,
                "title": titles[receipt.id].title,
                "version": titles[receipt.id].version,
                "accepted_at": receipt.effective_at,
                "href": titles[receipt.id].href,
            }
            for receipt in receipts
            if receipt.id in accepted
        ],
        "receipts": [
            {
                "id": str(receipt.id),
                "title": titles[receipt.id].title,
                "decision": _OF_CLIENT[receipt.act]
                if receipt.subject_kind == CLIENT
                else receipt.act,
                "when": receipt.effective_at,
                "href": f"/account/receipts/{receipt.id}",
                "download_href": f"/account/receipts/{receipt.id}/download",
            }
            for receipt in receipts
        ],
    }


def _purpose(purpose: Purpose, states: list[Any], language: str) -> dict[str, Any]:
    texts = purpose.document.texts_in(language)
    held = holds(purpose, states)
    last = next(
        (
            state
            for state in states
            if state.subject_kind == PURPOSE and state.subject == purpose.purpose
        ),
        None,
    )
    return {
        "key": purpose.key,
        "version": purpose.version,
        "title": texts.title,
        "what": texts.what,
        "why": texts.why,
        "recipient": texts.recipient,
        "href": purpose.href,
        "given": None if last is None else held is not None,
        "since": None if last is None else last.since,
    }


routes = [
    Route(PATH, consents, methods=["GET"]),
    Route(PATH, decide, methods=["POST"]),
]
