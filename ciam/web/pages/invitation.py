"""Where the mailed link of an invitation lands: a GET shows it, its button begins the sign-up."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication.invitation import PATH, accept, find_invitation
from ciam.customers.identifiers import mask_email
from ciam.web.browser import browser_context
from ciam.web.pages.journeys import see_other
from ciam.web.parts import parts
from ciam.web.read_form import read_form
from ciam.web.rendering import render_page


async def show(request: Request) -> Response:
    """Show whom it is for; changes nothing, since scanners of mails follow links."""
    token = request.query_params.get("token", "")
    async with parts(request).database.read() as transaction:
        invitation = await find_invitation(transaction, token)
    return await render_page(
        request,
        "invitation",
        action=PATH,
        token=token,
        masked_address=mask_email(invitation.address),
        expires_at=invitation.expires_at,
    )


async def submit(request: Request) -> Response:
    """Begin the sign-up in this browser."""
    form, context = await read_form(request), browser_context(request)
    async with parts(request).database.write() as transaction:
        path = await accept(transaction, form.get("token", ""), context)
    return see_other(path)


routes = [Route(PATH, show, methods=["GET"]), Route(PATH, submit, methods=["POST"])]
