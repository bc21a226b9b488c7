"""The consent page: what an app asks for, notices that changed, optional purposes.

Two alike buttons, nothing chosen beforehand. An optional purpose never stands in the way: with only
purposes open, both buttons go on. After the decision the authorization request goes on by itself.
"""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciam.consent.client_grants import give_grant
from ciam.consent.decisions import find_outstanding, record_decisions
from ciam.consent.known_claims import load_claims
from ciam.consent.questions import Questions, check_answers
from ciam.consent.scope_claims import (
    CLAIMS_OF_SCOPE,
    OFFLINE_ACCESS,
    SCOPE_TITLES,
    claims_of,
    label_of,
)
from ciam.consent.screens import Screen
from ciam.customers.attributes import Schema
from ciam.customers.definitions import load_schema
from ciam.errors import FormRefused
from ciam.oauth.authorization.decision import ConsentQuestion, load_question, note_decision
from ciam.storage import UnitOfWork
from ciam.storage.stores.sessions import Session
from ciam.texts import Text
from ciam.web.browser import browser_context, language_of
from ciam.web.dependencies import current_session
from ciam.web.forms import FormState
from ciam.web.parts import parts
from ciam.web.read_form import read_form
from ciam.web.rendering import render_page

PATH: Final = "/consent"
ACCEPT: Final = "accept"
REFUSE: Final = "refuse"
_SILENT: Final = frozenset({"openid", OFFLINE_ACCESS})
_TECHNICAL: Final = frozenset(
    {"updated_at", "email_verified", "phone_number_verified", "consents", "name"}
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Everything one consent page asks, and of whom."""

    handle: str
    session: Session
    question: ConsentQuestion
    questions: Questions
    known: dict[str, Any]
    schema: Schema

    def claims_of(self, scope: str) -> list[str]:
        """Give what the app gets by a scope: of what was added only an app of ours anything."""
        added = self.schema.added if self.question.client.first_party else {}
        claims = [*CLAIMS_OF_SCOPE.get(scope, ()), *(one for one in added if added[one] == scope)]
        return [claim for claim in claims if not self.schema.is_hidden(claim, "customer")]

    @property
    def asks_access(self) -> bool:
        """Whether the app itself asks for something; else only notices or purposes are open."""
        return self.question.asks_access


async def consent(request: Request) -> Response:
    """Show what is asked; go on at once when nothing is left to ask."""
    handle = request.query_params.get("request", "")
    async with parts(request).database.read() as transaction:
        asked = await _load(request, transaction, handle)
    if asked is None or not (asked.asks_access or asked.questions):
        return _resume(handle)
    return await _page(request, asked, FormState())


async def decide(request: Request) -> Response:
    """Write down what was decided and let the authorization request go on."""
    form = await read_form(request)
    handle = request.query_params.get("request", "")
    try:
        async with parts(request).database.write() as transaction:
            asked = await _load(request, transaction, handle)
            if asked is not None:
                await _record(request, transaction, asked, form)
    except FormRefused as refused:
        async with parts(request).database.read() as transaction:
            asked = await _load(request, transaction, handle)
        if asked is not None:
            state = FormState(form, refused.errors, refused.alert)
            return await _page(request, asked, state, status=refused.status)
    return _resume(handle)


async def _load(request: Request, transaction: UnitOfWork, handle: str) -> _Asked | None:
    session = await current_session(request, transaction)
    if session is None:
        return None
    question = await load_question(
        transaction,
        handle,
        browser_context(request).browser_hash,
        session,
        issuer=parts(request).settings.issuer,
    )
    outstanding = await find_outstanding(transaction, session.customer, question.client)
    schema = await load_schema(transaction)
    wanted = claims_of(question.asked | question.missing, schema.added) | {"email", "name"}
    return _Asked(
        handle,
        session,
        question,
        outstanding.questions(language_of(request)),
        await load_claims(transaction, session.customer, wanted),
        schema,
    )


async def _record(
    request: Request, transaction: UnitOfWork, asked: _Asked, form: dict[str, str]
) -> None:
    decision = form.get("decision", "")
    if decision not in {ACCEPT, REFUSE}:
        raise FormRefused("neither button", alert=Text("Please choose one of the two buttons."))
    is_required = asked.asks_access or any(notice.required for notice in asked.questions.notices)
    if decision == REFUSE and is_required:
        await note_decision(transaction, asked.question, allowed=False)
        return
    customer, client = asked.session.customer, asked.question.client
    screen = _screen(request, asked)
    # "Don't allow" is a "no" to every purpose that the form showed.
    answers = {
        name: value
        for name, value in form.items()
        if decision == ACCEPT or not name.startswith("purpose_")
    }
    decisions = check_answers(asked.questions, answers)
    await record_decisions(transaction, customer, decisions, screen=screen, via_client=client.id)
    if asked.asks_access:
        await give_grant(transaction, customer, client, asked.question.missing, screen=screen)
    await note_decision(transaction, asked.question, allowed=True)


async def _page(request: Request, asked: _Asked, form: FormState, *, status: int = 200) -> Response:
    client, question = asked.question.client, asked.question
    language = language_of(request)
    answer_at = urlsplit(question.redirect_origin or "")
    return await render_page(
        request,
        "consent",
        status=status,
        brand=question.brand,
        form_action=[question.redirect_origin] if question.redirect_origin else [],
        action=f"{PATH}?{urlencode({'request': asked.handle})}",
        form=form,
        client={
            "name": client.name_in(language),
            "host": urlsplit(client.client_uri or "").hostname,
            "logo_url": None,  # never fetched from elsewhere by our pages
            "privacy_href": client.policy_uri,
            "terms_href": client.tos_uri,
        }
        if asked.asks_access
        else None,
        customer_label=asked.known.get("email") or asked.known.get("name") or "",
        switch_href=None,
        scopes=_scopes(request, asked) if asked.asks_access else [],
        offline=OFFLINE_ACCESS in question.missing,
        notices=asked.questions.notices,
        purposes=asked.questions.purposes,
        return_host=answer_at.hostname,
    )


def _scopes(request: Request, asked: _Asked) -> list[dict[str, Any]]:
    """Say in plain words what is asked: new things first, then what was allowed before."""
    language = language_of(request)
    wanted = (asked.question.asked | asked.question.missing) - _SILENT
    order = {scope: position for position, scope in enumerate(CLAIMS_OF_SCOPE)}

    def rank(scope: str) -> tuple[bool, int, str]:
        return scope not in asked.question.missing, order.get(scope, len(order)), scope

    rows = [
        {
            "key": scope,
            "title": parts(request).renderer.say(SCOPE_TITLES.get(scope, Text(scope)), language),
            "data": _data(request, asked, scope),
            "already": scope not in asked.question.missing,
        }
        for scope in sorted(wanted, key=rank)
    ]
    return rows or [
        {
            "key": "openid",
            "title": parts(request).renderer.say(
                Text("That you sign in with this account"), language
            ),
            "data": [],
            "already": "openid" not in asked.question.missing,
        }
    ]


def _data(request: Request, asked: _Asked, scope: str) -> list[dict[str, str | None]]:
    """Give the kinds of data of a scope with what we hold; those we lack in one row."""
    language = language_of(request)
    say = parts(request).renderer.say
    claims = [claim for claim in asked.claims_of(scope) if claim not in _TECHNICAL]
    rows: list[dict[str, str | None]] = [
        {
            "label": say(label_of(asked.schema, claim, language), language),
            "value": _written(request, claim, asked.known[claim]),
        }
        for claim in claims
        if claim in asked.known
    ]
    lacking = [
        say(label_of(asked.schema, claim, language), language)
        for claim in claims
        if claim not in asked.known
    ]
    if rows and lacking:
        separator = say(Text(", "), language)
        rows.append(
            {"label": say(Text("If you add it later"), language), "value": separator.join(lacking)}
        )
    return rows or [{"label": label, "value": None} for label in lacking]


def _written(request: Request, claim: str, value: object) -> str:
    renderer = parts(request).renderer
    if claim == "locale" and value in renderer.languages:
        return renderer.catalogues.label(str(value))
    if isinstance(value, list):
        return renderer.say(Text(", "), language_of(request)).join(str(part) for part in value)
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values())
    return str(value)


def _screen(request: Request, asked: _Asked) -> Screen:
    """Give what the page said, without anything that belongs to the person."""
    say, language = parts(request).renderer.say, language_of(request)
    client = asked.question.client

    def sentence(msgid: str, **params: str) -> str:
        """Give a sentence of the template, whose placeholders are those of gettext."""
        return say(Text(msgid), language) % params

    name = client.name_in(language)
    buttons = ("Do not allow", "Allow") if asked.asks_access else ("Do not agree", "Agree")
    content: dict[str, object] = {
        "title": sentence("May %(client)s see this?", client=name)
        if asked.asks_access
        else sentence("Please read and choose"),
        "buttons": [sentence(button) for button in buttons],
        "answers": [sentence("Agree"), sentence("Do not agree")],
    }
    if asked.asks_access:
        content |= {
            "client": {"client_id": client.client_id, "name": name},
            "scopes": [
                {
                    "key": scope,
                    "title": say(SCOPE_TITLES.get(scope, Text(scope)), language),
                    "data": [
                        say(label_of(asked.schema, claim, language), language)
                        for claim in asked.claims_of(scope)
                    ],
                    "already": scope not in asked.question.missing,
                }
                for scope in sorted(asked.question.asked | asked.question.missing)
            ],
        }
    return asked.questions.shown_on("consent", parts(request).settings.issuer, **content)


def _resume(handle: str) -> RedirectResponse:
    return RedirectResponse(f"/authorize/resume?{urlencode({'request': handle})}", status_code=303)


routes = [
    Route(PATH, consent, methods=["GET"]),
    Route(PATH, decide, methods=["POST"]),
]
