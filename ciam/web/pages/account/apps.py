"""Connected apps: what each may see since when, and the way to remove one."""

from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciam.consent.client_grants import remove_grant
from ciam.consent.scope_claims import SCOPE_TITLES
from ciam.consent.screens import Screen
from ciam.storage import UnitOfWork
from ciam.storage.stores.client_grants import ClientGrant
from ciam.storage.stores.clients import Client
from ciam.texts import Text
from ciam.web.browser import language_of
from ciam.web.dependencies import sign_in_first
from ciam.web.pages.account.signed_in import back_to, find_signed_in, render_account_page
from ciam.web.parts import parts
from ciam.web.read_form import read_form

PATH = "/account/apps"
_REMOVE = f"{PATH}/remove"
_SILENT: Final = frozenset({"openid", "offline_access"})


async def apps(request: Request) -> Response:
    """List the apps that may see something, or may sign the customer in."""
    async with parts(request).database.read() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None:
            return sign_in_first(request)
        grants = await transaction.client_grants.list_for(signed_in.session.customer)
        pairs = [(await transaction.clients.get(grant.client), grant) for grant in grants]
    return await render_account_page(
        request, "connected_apps", signed_in, apps=[_app(request, *pair) for pair in pairs]
    )


async def confirm(request: Request) -> Response:
    """Ask whether to remove an app."""
    async with parts(request).database.read() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None:
            return sign_in_first(request)
        wanted = request.query_params.get("client_id", "")
        found = await _find(transaction, signed_in.session.customer, wanted)
    if found is None:
        return RedirectResponse(PATH, status_code=303)
    app = _app(request, *found)
    return await render_account_page(
        request,
        "connected_app_remove",
        signed_in,
        action=_REMOVE,
        app=app,
        scopes=app["scopes"],
        back_href=PATH,
    )


async def remove(request: Request) -> Response:
    """Remove an app; one that is gone already, or was never there, changes nothing."""
    form = await read_form(request)
    async with parts(request).database.write() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None:
            return RedirectResponse(PATH, status_code=303)
        customer = signed_in.session.customer
        found = await _find(transaction, customer, form.get("client_id", ""))
        if found is None:
            return RedirectResponse(PATH, status_code=303)
        screen = _screen(request, *found)
        await remove_grant(transaction, customer, found[0], screen=screen)
    return back_to(PATH, "app")


async def _find(
    transaction: UnitOfWork, customer: UUID, client_id: str
) -> tuple[Client, ClientGrant] | None:
    """Look among what the customer allowed, so that a disabled app can be removed too."""
    for grant in await transaction.client_grants.list_for(customer):
        client = await transaction.clients.get(grant.client)
        if client.client_id == client_id:
            return client, grant
    return None


def _app(request: Request, client: Client, grant: ClientGrant) -> dict[str, Any]:
    language = language_of(request)
    return {
        "id": client.client_id,
        "name": client.name_in(language),
        "host": urlsplit(client.client_uri or "").hostname,
        "logo_url": None,  # never fetched from elsewhere by our pages (content security policy)
        "since": grant.granted_at,
        "used_at": None,
        "scopes": _scopes(request, grant),
        "remove_href": f"{_REMOVE}?{urlencode({'client_id': client.client_id})}",
    }


def _scopes(request: Request, grant: ClientGrant) -> list[str]:
    """Name what was allowed, in the reader's words; `openid` alone is only the sign-in."""
    say, language = parts(request).renderer.say, language_of(request)
    named = [
        say(SCOPE_TITLES[scope], language) if scope in SCOPE_TITLES else scope
        for scope in sorted(grant.scopes - _SILENT)
    ]
    return named or [say(Text("That you sign in with this account"), language)]


def _screen(request: Request, client: Client, grant: ClientGrant) -> Screen:
    """Give what the confirmation page showed, for the receipt of the removal."""
    say, language = parts(request).renderer.say, language_of(request)
    name = client.name_in(language)
    return Screen(
        page="account",
        origin=parts(request).settings.issuer,
        language=language,
        content={
            "title": say(Text("Remove %(app)s?"), language) % {"app": name},
            "effect": say(Text("%(app)s is signed out at once and can no longer see:"), language)
            % {"app": name},
            "scopes": _scopes(request, grant),
        },
    )


routes = [
    Route(PATH, apps, methods=["GET"]),
    Route(_REMOVE, confirm, methods=["GET"]),
    Route(_REMOVE, remove, methods=["POST"]),
]
