"""Attributes in the console: the schema that draws the forms; changed by files and the API."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ciam.administration.attribute_catalogue import list_attribute_entries, titles_of
from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.texts import Text
from ciam.web.admin.desk import render_console
from ciam.web.admin.endpoint import AdminRoute
from ciam.web.browser import language_of
from ciam.web.parts import parts

PATH: Final = "/admin/attributes"
OWNERS: Final = {
    "default": Text("As it comes"),
    "file": Text("Config files"),
    "console": Text("The console"),
    "api": Text("The API"),
}
TYPES: Final = {
    "text": Text("Text"),
    "long_text": Text("Several lines"),
    "date": Text("Date"),
    "number": Text("Whole number"),
    "yes_no": Text("Yes or no"),
    "choice": Text("One of a list"),
    "choices": Text("Several of a list"),
    "country": Text("Country"),
    "url": Text("Web address"),
}
RIGHTS: Final = {
    "none": Text("Nothing"),
    "read": Text("See"),
    "write": Text("See and change"),
}


async def show_all(request: Request, desk: Desk) -> Response:
    """List every attribute, in the order of forms."""
    language = language_of(request)
    async with parts(request).database.read() as transaction:
        entries = await list_attribute_entries(transaction, language)
        titles = await titles_of(transaction, language)
    return await render_console(
        request,
        "attributes",
        desk,
        section="attributes",
        entries=entries,
        titles=titles,
        types=TYPES,
        owners=OWNERS,
    )


async def show_one(request: Request, desk: Desk) -> Response:
    """Show one attribute with all that is said of it."""
    language, wanted = language_of(request), request.path_params["key"]
    async with parts(request).database.read() as transaction:
        entries = await list_attribute_entries(transaction, language)
        titles = await titles_of(transaction, language)
    entry = next((one for one in entries if one.key == wanted), None)
    if entry is None:
        raise HTTPException(404)
    return await render_console(
        request,
        "attribute",
        desk,
        section="attributes",
        entry=entry,
        title=titles[entry.key],
        types=TYPES,
        owners=OWNERS,
        rights=RIGHTS,
    )


routes = [
    AdminRoute(PATH, show_all, needs=Permission.CONSENT_SEE),
    AdminRoute(f"{PATH}/{{key}}", show_one, needs=Permission.CONSENT_SEE),
]
