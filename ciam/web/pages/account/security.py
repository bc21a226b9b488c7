"""How one signs in, all on one page: password, passkeys, second factor, recovery codes."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication.check_up import check_up
from ciam.authentication.method import SentCode
from ciam.authentication.methods import SENT_CODES
from ciam.customers.credentials import lock_signed_in
from ciam.customers.factor_recovery import CancelledBy, cancel_recovery
from ciam.sessions.levels import methods_for
from ciam.storage import UnitOfWork
from ciam.storage.stores.authenticators import TOTP
from ciam.web.dependencies import sign_in_first
from ciam.web.pages.account.check_up import describe_finding
from ciam.web.pages.account.signed_in import back_to, find_signed_in, render_account_page
from ciam.web.parts import parts
from ciam.web.read_form import read_form

PATH = "/account/security"
SENT_CODES_PATH = "/account/second-factor/codes"
CANCEL_PATH = "/account/security/cancel-recovery"


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
        waiting = await transaction.factor_recoveries.find_open(customer)
        methods = await methods_for(transaction, None)
        sent_codes = [
            await _describe(transaction, customer, channel)
            for channel in SENT_CODES
            if methods.second_factor != "off" and methods.allows(channel.METHOD, "second")
        ]
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
        has_apps=methods.second_factor != "off" and methods.allows(TOTP, "second"),
        sent_codes=[one for one in sent_codes if one is not None],
        lost=None
        if waiting is None
        else {
            "asked_at": waiting.created_at,
            "device": waiting.device,
            "ready_at": waiting.ready_at,
            "action": CANCEL_PATH,
        },
    )


async def cancel_request(request: Request) -> Response:
    """Cancel the request to go on without the second factor; whoever is signed in may."""
    await read_form(request)
    async with parts(request).database.write() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None:
            return sign_in_first(request)
        session = signed_in.session
        await lock_signed_in(transaction, session.customer, session.id)
        await cancel_recovery(transaction, session.customer, CancelledBy.OWNER)
    return back_to(PATH, "recovery-cancelled")


async def _describe(
    transaction: UnitOfWork, customer: UUID, channel: SentCode
) -> dict[str, Any] | None:
    """Give where codes go, and since when they are asked for; None without a proven place."""
    target = await channel.find_target(transaction, customer)
    if target is None:
        return None
    switched = await transaction.authenticators.find_one(customer, channel.METHOD)
    return {
        "key": channel.METHOD,
        "masked": channel.mask(target.address),
        "added_at": switched.created_at if switched else None,
        "href": f"{SENT_CODES_PATH}/{channel.METHOD}",
    }


routes = [
    Route(PATH, security, methods=["GET"]),
    Route(CANCEL_PATH, cancel_request, methods=["POST"]),
]
