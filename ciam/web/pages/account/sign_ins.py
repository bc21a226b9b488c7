"""The history of sign-ins: when, from which device and address, and those that failed."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.audit.events import EventKind
from ciam.audit.trail import pseudonym_of
from ciam.storage.stores.sessions import PastSession
from ciam.texts import Text
from ciam.web.browser import language_of
from ciam.web.dependencies import sign_in_first
from ciam.web.pages.account.devices import describe_device
from ciam.web.pages.account.sessions import describe_method
from ciam.web.pages.account.signed_in import find_signed_in, render_account_page
from ciam.web.parts import parts

PATH: Final = "/account/sign-ins"
_SHOWN: Final = 50


async def sign_ins(request: Request) -> Response:
    """List the newest sign-ins, those that succeeded and those that did not."""
    async with parts(request).database.read() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None:
            return sign_in_first(request)
        customer = signed_in.session.customer
        past = await transaction.sessions.list_past(customer, limit=_SHOWN)
        pseudonym = await pseudonym_of(transaction, customer)
        events = await transaction.audit_events.list_for_customer(pseudonym, limit=_SHOWN * 4)
    failed = [
        {"when": event.occurred_at, "failed": True}
        for event in events
        if event.kind == EventKind.SIGN_IN_REFUSED
    ]
    entries = [_entry(request, one) for one in past] + failed
    entries.sort(key=lambda entry: entry["when"], reverse=True)
    return await render_account_page(request, "sign_ins", signed_in, entries=entries[:_SHOWN])


def _entry(request: Request, past: PastSession) -> dict[str, Any]:
    say, language = parts(request).renderer.say, language_of(request)
    return {
        "when": past.session.authenticated_at,
        "failed": False,
        "device": say(describe_device(past.session.user_agent), language),
        "place": past.session.address or None,
        "country": parts(request).places.country_of(past.session.address),
        "method": describe_method(past.session),
        "state": Text("signed out") if past.ended_at else Text("signed in"),
    }


routes = [Route(PATH, sign_ins, methods=["GET"])]
