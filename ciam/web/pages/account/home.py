"""The account at a glance."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.consent.client_grants import holds
from ciam.consent.purposes import list_purposes
from ciam.web.dependencies import sign_in_first
from ciam.web.pages.account.happenings import list_recent
from ciam.web.pages.account.signed_in import find_signed_in, render_account_page
from ciam.web.parts import parts

PATH = "/account"


async def home(request: Request) -> Response:
    """Show what there is and how much of it."""
    async with parts(request).database.read() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None:
            return sign_in_first(request)
        customer = signed_in.session.customer
        password = await transaction.authenticators.find_password(customer)
        passkeys = await transaction.passkeys.list_for(customer)
        sessions = await transaction.sessions.list_for(customer)
        grants = await transaction.client_grants.list_for(customer)
        states = await transaction.receipts.list_states(customer)
        recent = await list_recent(transaction, customer)
        purposes = [one for one in await list_purposes(transaction) if one.needs_consent]
    return await render_account_page(
        request,
        "home",
        signed_in,
        customer_id=signed_in.profile.customer.customer_id,
        password_changed_at=password.created_at if password else None,
        passkey_count=len(passkeys),
        session_count=len(sessions),
        app_count=len(grants),
        consents_given=sum(1 for purpose in purposes if holds(purpose, states)),
        consents_total=len(purposes),
        recent=recent,
    )


routes = [Route(PATH, home, methods=["GET"])]
