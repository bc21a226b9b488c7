"""Who received what: the ledger of releases, for the customer (GDPR art. 15(1)(c))."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.consent.scope_claims import label_of
from ciam.customers.attributes import Schema
from ciam.customers.definitions import load_schema
from ciam.storage.stores.clients import Client
from ciam.storage.stores.disclosures import Disclosure
from ciam.texts import Text
from ciam.web.browser import language_of
from ciam.web.dependencies import sign_in_first
from ciam.web.pages.account.signed_in import find_signed_in, render_account_page
from ciam.web.parts import parts

PATH: Final = "/account/disclosures"
_RECORDS: Final = {
    "sessions": Text("Where you are signed in"),
    "receipts": Text("Your receipts"),
    "authenticators": Text("The ways you sign in"),
}


async def disclosures(request: Request) -> Response:
    """List each recipient with what it received, first and last; the latest recipient first."""
    async with parts(request).database.read() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None:
            return sign_in_first(request)
        rows = await transaction.disclosures.list_for(signed_in.session.customer)
        clients = {row.client: await transaction.clients.get(row.client) for row in rows}
        schema = await load_schema(transaction)
    recipients: dict[Any, list[Disclosure]] = {}
    for row in rows:
        recipients.setdefault(row.client, []).append(row)
    return await render_account_page(
        request,
        "disclosures",
        signed_in,
        recipients=[
            _recipient(request, schema, clients[key], found) for key, found in recipients.items()
        ],
    )


def _recipient(
    request: Request, schema: Schema, client: Client, rows: list[Disclosure]
) -> dict[str, Any]:
    say, language = parts(request).renderer.say, language_of(request)
    labels: dict[str, None] = {}
    for row in rows:
        for item in row.items:
            name, _, tag = item.partition("#")
            label = say(_RECORDS.get(name) or label_of(schema, name, language), language)
            labels[f"{label} ({tag})" if tag else label] = None
    return {
        "name": client.name_in(language),
        "items": list(labels),
        "first_at": min(row.first_at for row in rows),
        "last_at": max(row.last_at for row in rows),
        "count": sum(row.count for row in rows),
    }


routes = [Route(PATH, disclosures, methods=["GET"])]
