"""How one signs in, all on one page: password, passkeys, second factor, recovery codes."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication.check_up import check_up
from ciam.storage.stores.authenticators import TOTP
from ciam.web.dependencies import sign_in_first
from ciam.web.pages.account.check_up import describe_finding
from ciam.web.pages.account.signed_in import find_signed_in, render_account_page
from ciam.web.parts import parts

PATH = "/account/security"


async def security(request: Request) -> Response:
    """Show every way to sign in and what is missing."""
    async with parts(request).database.read() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None:
            return sign_in_first(request)
        customer = signed_in.session.customer
        password = await transaction.authenticators.find_password(customer)
        app = await transaction.authenticators.find_one(customer, TOTP)
        codes_left = await transaction.recovery_codes.count_left(customer)
        findings = await check_up(transaction, signed_in.session)
        passkey_count = len(await transaction.passkeys.list_for(customer))
    return await render_account_page(
        request,
        "security",
        signed_in,
        password_changed_at=password.created_at if password else None,
        passkey_count=passkey_count,
        app_added_at=app.created_at if app else None,
        app_used_at=app.last_used_at if app else None,
        codes_left=codes_left,
        check_up=[describe_finding(one) for one in findings],
    )


routes = [Route(PATH, security, methods=["GET"])]
