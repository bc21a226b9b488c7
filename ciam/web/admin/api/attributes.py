"""/api/admin/v1/attributes: the schema of the profile, read, defined and ended."""

from collections.abc import Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ciam.administration.attribute_catalogue import AttributeEntry, list_attribute_entries
from ciam.administration.editing import Intent, Saved, save_attribute
from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.customers.attribute_document import AttributeDocument
from ciam.storage import UnitOfWork
from ciam.web.admin.api.body import Listed, answer_read, read_body
from ciam.web.admin.api.editing import (
    Ending,
    check_key,
    end_operation,
    ender,
    entry_loader,
    put_entry,
    put_operation,
)
from ciam.web.admin.api.operation import ApiRoute, OpenRoute, Operation
from ciam.web.browser import language_of
from ciam.web.parts import parts


class AttributeChange(Ending):
    """What an attribute becomes."""

    document: AttributeDocument


async def show_all(request: Request, _desk: Desk) -> Response:
    """Give every attribute, in the order of forms."""
    async with parts(request).database.read() as transaction:
        entries = await list_attribute_entries(transaction, language_of(request))
    return answer_read(request, {"items": entries})


async def show_one(request: Request, _desk: Desk) -> Response:
    """Give one attribute."""
    async with parts(request).database.read() as transaction:
        entries = await list_attribute_entries(transaction, language_of(request))
    entry = next((one for one in entries if one.key == request.path_params["key"]), None)
    if entry is None:
        raise HTTPException(404)
    return answer_read(request, entry)


async def put_attribute(request: Request, desk: Desk) -> Response:
    """Define an attribute, or change what is said of it; its type never changes."""
    sent = await read_body(request, AttributeChange)
    check_key(request, sent.document.key)

    async def save(transaction: UnitOfWork) -> Saved:
        intent = Intent(desk, sent.reason, sent.takes_over)
        return await save_attribute(transaction, intent, sent.document)

    return await put_entry(request, desk, _loader(request), save)


def _loader(request: Request) -> Callable[[UnitOfWork], Any]:
    return entry_loader(request, list_attribute_entries)


_SEE, _CHANGE = Permission.CONSENT_SEE, Permission.CONSENT_CHANGE
routes: list[ApiRoute | OpenRoute] = [
    ApiRoute(
        "/attributes", show_all, Operation(Listed[AttributeEntry], has_etag=True), needs=_SEE
    ),
    ApiRoute(
        "/attributes/{key}", show_one, Operation(AttributeEntry, has_etag=True), needs=_SEE
    ),
    ApiRoute(
        "/attributes/{key}", put_attribute, put_operation(AttributeChange), needs=_CHANGE,
        method="PUT",
    ),
    ApiRoute(
        "/attributes/{key}/end", ender("attribute", "key"), end_operation("an attribute"),
        needs=_CHANGE, method="POST",
    ),
]  # fmt: skip
