"""To a provider and back: the button, the callback, and the question whether to connect.

The button is a form, the callback changes nothing that was not begun in this browser, and a link is
only made by the form of the question. A provider's POST comes without our cookies (SameSite=Lax):
what it says is kept, and the browser is sent on to GET (`ciam.federation.exchange.receive`).
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication.journey import LINK, Journey, StepTaken, load, path_to
from ciam.authentication.methods import federated
from ciam.authentication.pending_link import answer_question, load_question
from ciam.authentication.social_sign_in import LINKED_LOGINS, arrive, arrive_to_link, begin_sign_in
from ciam.authentication.state import Step
from ciam.customers.identifiers import mask_email
from ciam.federation.exchange import (
    AlreadyFinished,
    Finished,
    Purpose,
    begin,
    callback_path,
    finish,
    receive,
)
from ciam.federation.identity import ProvenIdentity
from ciam.federation.linking import provider_name
from ciam.federation.offers import list_offers
from ciam.federation.pending import from_document
from ciam.sessions.levels import methods_for
from ciam.web.browser import browser_context, language_of
from ciam.web.dependencies import current_session, sign_in_first
from ciam.web.pages.journeys import (
    answer_signed_in,
    handle_of,
    journey_page,
    render_journey_page,
    see_other,
)
from ciam.web.parts import parts
from ciam.web.read_form import read_form, read_raw_form, to_fields
from ciam.web.rendering import render_page

CONFIRM: Final = "/federation/confirm"
_WHERE: Final = "/federation/journey"


@journey_page
async def start(request: Request) -> Response:
    """Go to a provider to sign in or to register."""
    await read_form(request)
    context = browser_context(request)
    handle = await begin_sign_in(parts(request).database, handle_of(request), context)
    return await go_to_provider(request, handle, "sign_in")


async def go_to_provider(request: Request, handle: str, purpose: Purpose) -> Response:
    """Answer a form with a page that leads on at once.

    No redirect: Chrome holds every hop after a form, at the provider too, against `form-action`.
    """
    found, connection = parts(request), request.path_params["connection"]
    url = await begin(
        found.database,
        found.outbound,
        connection,
        redirect_uri=f"{found.settings.issuer}{callback_path(connection)}",
        browser_hash=browser_context(request).browser_hash,
        purpose=purpose,
        journey=handle,
        prompt_login=purpose == "link",
    )
    async with found.database.read() as transaction:
        name = await provider_name(transaction, connection, language_of(request))
    return await render_page(request, "federation_start", url=url, provider=name, wait_seconds=0)


async def callback(request: Request) -> Response:
    """Take the answer of a provider and go on."""
    found = parts(request)
    try:
        finished = await finish(
            found.database,
            found.outbound,
            request.path_params["connection"],
            dict(request.query_params),
            browser_hash=browser_context(request).browser_hash,
        )
    except AlreadyFinished as again:
        return see_other(path_to(_WHERE, again.journey))
    try:
        if finished.identity is None:
            return see_other(path_to(_WHERE, finished.journey))
        if finished.purpose == "link":
            return await _arrive_to_link(request, finished, finished.identity)
        context = browser_context(request)
        outcome = await arrive(found.database, finished.journey, context, finished.identity)
    except StepTaken:
        return see_other(path_to(_WHERE, finished.journey))
    return await answer_signed_in(request, outcome)


async def callback_posted(request: Request) -> Response:
    """Keep what a provider POSTed, and send the browser on to GET the same address."""
    fields = to_fields(await read_raw_form(request))
    path = await receive(parts(request).database, request.path_params["connection"], fields)
    return see_other(path)


async def where(request: Request) -> Response:
    """Lead to where a journey is that went to a provider: it declined, or its answer came twice."""
    async with parts(request).database.read() as transaction:
        journey = await load(transaction, handle_of(request), browser_context(request))
    if journey.kind == LINK:
        is_asked = not journey.is_finished and journey.state.step is Step.CONFIRM_LINK
        return see_other(f"{LINKED_LOGINS}/confirm/{journey.handle}" if is_asked else LINKED_LOGINS)
    if journey.is_finished or journey.state.step is not Step.AT_PROVIDER:
        return see_other(journey.path)
    return see_other(f"/sign-in?from={journey.handle}")


@journey_page
async def show_question(request: Request) -> Response:
    """Ask whether to connect the login to the account that was proven."""
    async with parts(request).database.read() as transaction:
        journey, identity = await load_question(
            transaction, handle_of(request), browser_context(request)
        )
        email = await _email_of(request, journey)
    if journey.kind == LINK:
        raise StepTaken("that question is asked on the account pages")
    return await render_journey_page(
        request,
        "federation_confirm",
        journey,
        action=path_to(CONFIRM, journey.handle),
        login=await describe(request, identity),
        account=mask_email(email) if email else None,
    )


@journey_page
async def submit_question(request: Request) -> Response:
    """Connect, or sign in without."""
    form = await read_form(request)
    wants = form.get("answer") == "connect"
    context = browser_context(request)
    signed_in = await answer_question(
        parts(request).database, handle_of(request), context, wants=wants
    )
    return await answer_signed_in(request, signed_in)


async def describe(request: Request, identity: ProvenIdentity) -> dict[str, str | None]:
    """Give what a page shows of an identity: its provider, and the person there."""
    async with parts(request).database.read() as transaction:
        name = await provider_name(transaction, identity.connection, language_of(request))
    claims = identity.claims
    return {
        "provider": name,
        "name": claims.get("name") or claims.get("nickname"),
        "email": mask_email(identity.email) if identity.email else None,
    }


async def provider_buttons(request: Request, journey: Journey) -> list[dict[str, object]]:
    """Give the buttons of a page of sign-in or sign-up; none for the login that is pending."""
    pending = (journey.state.pending or {}).get("connection")
    async with parts(request).database.read() as transaction:
        methods = await methods_for(transaction, journey.state.client)
        if not methods.allows(federated.METHOD, "first"):
            return []
        offers = await list_offers(transaction, language_of(request))
    return [
        {"key": o.key, "name": o.name, "mark": o.mark, "action": path_to(o.action, journey.handle)}
        for o in offers
        if o.key != pending
    ]


async def pending_login(request: Request, journey: Journey) -> dict[str, str | None] | None:
    """Give what the pages of sign-in and sign-up show of a login that waits to be connected."""
    if journey.state.pending is None:
        return None
    return await describe(request, from_document(journey.state.pending))


async def _arrive_to_link(
    request: Request, finished: Finished, identity: ProvenIdentity
) -> Response:
    found = parts(request)
    async with found.database.read() as transaction:
        session = await current_session(request, transaction)
    if session is None:
        return sign_in_first(request, back_to=LINKED_LOGINS)
    journey = await arrive_to_link(
        found.database, finished.journey, browser_context(request), identity, session.customer
    )
    return see_other(f"{LINKED_LOGINS}/confirm/{journey.handle}")


async def _email_of(request: Request, journey: Journey) -> str | None:
    """Give the address of the account that was proven in this journey."""
    if journey.record.customer is None:
        return None
    async with parts(request).database.read() as transaction:
        found = await transaction.identifiers.list_for(journey.record.customer)
    return next((one.value for one in found if one.kind == "email"), None)


routes = [
    Route(_WHERE, where, methods=["GET"]),
    Route(CONFIRM, show_question, methods=["GET"]),
    Route(CONFIRM, submit_question, methods=["POST"]),
    Route("/federation/{connection}", start, methods=["POST"]),
    Route("/federation/{connection}/callback", callback, methods=["GET"]),
    Route("/federation/{connection}/callback", callback_posted, methods=["POST"]),
]
