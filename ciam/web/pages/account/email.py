"""Change the e-mail address: a form, the code from the new address."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from ciam.authentication.change_email import KIND, begin_change, finish_change
from ciam.customers.identifiers import EMAIL
from ciam.storage import UnitOfWork
from ciam.web.pages.account.contact import ContactPages
from ciam.web.pages.account.signed_in import SignedIn, find_fresh
from ciam.web.parts import parts


async def _find_fresh(request: Request) -> SignedIn | Response:
    async with parts(request).database.read() as transaction:
        return await find_fresh(request, transaction)


async def _show_present(_transaction: UnitOfWork, signed_in: SignedIn) -> Mapping[str, object]:
    email = signed_in.profile.identifier(EMAIL)
    return {"email": email.value if email else None}


async def _show_new(
    _transaction: UnitOfWork, _signed_in: SignedIn, address: str
) -> Mapping[str, object]:
    return {"address": address}


routes = ContactPages(
    KIND, "email", begin_change, finish_change, _find_fresh, _show_present, _show_new
).routes
