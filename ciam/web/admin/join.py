"""Where an invitation leads: a name, a password, and an authenticator app set up from a QR code."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciam.administration import invitations as rules
from ciam.administration.roles import TITLES
from ciam.customers.totp import enrolment_uri
from ciam.errors import FormRefused
from ciam.web.admin.endpoint import SIGN_IN
from ciam.web.browser import language_of
from ciam.web.forms import FormState
from ciam.web.parts import parts
from ciam.web.qr import qr_svg
from ciam.web.read_form import read_form
from ciam.web.rendering import find_brand, render_page


async def show(request: Request) -> Response:
    """Show what is to be set up; changes nothing."""
    return await _page(request, request.query_params.get("token", ""), FormState())


async def submit(request: Request) -> Response:
    """Make the operator, then lead to the sign-in, which proves that all of it works."""
    form, found = await read_form(request), parts(request)
    token, name = form.get("token", ""), form.get("name", "")
    try:
        await rules.join(
            found.database,
            found.hasher,
            token,
            name=name,
            password=form.get("password", ""),
            code=form.get("code", ""),
        )
    except FormRefused as refused:
        state = FormState({"name": name}, refused.errors, refused.alert)
        return await _page(request, token, state, refused.status)
    return RedirectResponse(SIGN_IN, status_code=303)


async def _page(request: Request, token: str, form: FormState, status: int = 200) -> Response:
    async with parts(request).database.read() as transaction:
        invitation = await rules.find_invitation(transaction, token)
        policy = (await transaction.policies.get()).passwords
    brand = await find_brand(request, None)
    uri = enrolment_uri(
        invitation.seed, account=invitation.email, issuer=brand.name_in(language_of(request))
    )
    return await render_page(
        request,
        "admin/join",
        status=status,
        action=rules.PATH,
        token=token,
        email=invitation.email,
        roles=[TITLES[role] for role in sorted(invitation.roles)],
        expires_at=invitation.expires_at,
        qr=qr_svg(uri),
        seed=" ".join(invitation.seed[i : i + 4] for i in range(0, len(invitation.seed), 4)),
        password_min_length=policy.minimum_length,
        form=form,
    )


routes = [
    Route(rules.PATH, show, methods=["GET"]),
    Route(rules.PATH, submit, methods=["POST"]),
]
