"""The contract of the API: its OpenAPI document, its page, its metadata (OAS 3.1, RFC 9728)."""

import asyncio
from functools import cache, partial
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciam.oauth.resources import (
    ACCOUNT_SCOPES,
    API_PATH,
    RESOURCE_METADATA,
    SERVICE_SCOPES,
    make_resource_metadata,
)
from ciam.web.api.callers import CUSTOMER, SERVICE
from ciam.web.api.journey_documents import JourneyProblem
from ciam.web.api.problems import APP, BROWSER, Fault, Problem
from ciam.web.own_interface.holder import HEADER
from ciam.web.parts import parts
from ciam.web.rendering import render_page

PUBLIC: Final = {"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"}

_DESCRIPTION: Final = """\
Send the access token in the `Authorization` header. Its audience must be this API, which follows
from its scopes: an `account:` scope that a customer granted to an app, or a scope of a service that
asks for itself by `client_credentials`. Each token is for one kind of operation, never for both.

Refusals are problem documents (RFC 9457) in the language of `Accept-Language`; compare `type`.
Writes take an `Idempotency-Key`: the same reply, byte for byte, for 24 hours. What is read with an
`ETag` is changed with `If-Match`. Lists go on with the cursor in `next`.

Journeys take no token: they are how an app of ours with screens of its own signs somebody in. They
are held by the browser's cookie, or by the `auth_session` of a native app.
"""
_SCOPES: Final = {
    "account:profile": "Change the customer's profile; the claims that are read need their scopes.",
    "account:consents": "See the customer's choices and take them back.",
    "account:sessions": "See where the customer is signed in, and sign out.",
    "account:authenticators": "See the ways the customer signs in.",
    "customers:read": "Find and read customers.",
    "customers:write": "Create and change customers.",
    "consents:read": "Read the choices of customers.",
    "consents:write": "Record choices of customers.",
}


def make_openapi(api: FastAPI) -> dict[str, Any]:
    """Write the document, the same for every installation: addresses are relative."""
    document = get_openapi(
        title="ciam",
        version="1",
        openapi_version="3.1.0",
        description=_DESCRIPTION,
        routes=api.routes,
        servers=[{"url": API_PATH}],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for model in (Fault, Problem, JourneyProblem):
        found = model.model_json_schema(ref_template="#/components/schemas/{model}")
        found.pop("$defs", None)
        schemas[model.__name__] = found
    components["schemas"] = {name: schemas[name] for name in sorted(schemas)}
    components["securitySchemes"] = {
        CUSTOMER: _scheme(
            "A customer's token, granted to an app.",
            {"authorizationCode": {"authorizationUrl": "/authorize", "tokenUrl": "/token"}},
            ACCOUNT_SCOPES,
        ),
        SERVICE: _scheme(
            "A service's own token.", {"clientCredentials": {"tokenUrl": "/token"}}, SERVICE_SCOPES
        ),
        BROWSER: {
            "type": "apiKey",
            "in": "cookie",
            "name": "ciam_browser",
            "description": "Set by the first answer; `__Host-ciam_browser` on https. The `Origin`"
            " has to be one of the app's.",
        },
        APP: {
            "type": "apiKey",
            "in": "header",
            "name": HEADER,
            "description": "The `auth_session` of a native app, from `/authorize-challenge`.",
        },
    }
    return document


def _scheme(
    description: str, flows: dict[str, dict[str, Any]], scopes: frozenset[str]
) -> dict[str, Any]:
    listed = {scope: _SCOPES[scope] for scope in sorted(scopes)}
    return {
        "type": "oauth2",
        "description": description,
        "flows": {name: flow | {"scopes": listed} for name, flow in flows.items()},
    }


def documentation_routes(api: FastAPI) -> list[Route]:
    """Give the routes that publish the contract; they need no token.

    It is written when it is first asked for, in a thread: a start does not wait for it.
    """
    document = cache(partial(make_openapi, api))

    async def openapi(_request: Request) -> Response:
        return JSONResponse(await asyncio.to_thread(document), headers=PUBLIC)

    async def page(request: Request) -> Response:
        return await render_page(
            request,
            "api",
            description=_DESCRIPTION.split("\n\n"),
            operations=list_operations(await asyncio.to_thread(document)),
        )

    return [Route("/openapi.json", openapi), Route("/docs", page)]


async def resource_metadata(request: Request) -> Response:
    """Say whose tokens the API takes (RFC 9728 §3)."""
    return JSONResponse(make_resource_metadata(parts(request).settings.issuer), headers=PUBLIC)


metadata_routes = [Route(RESOURCE_METADATA, resource_metadata)]


def list_operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Give what the page shows of each operation."""
    return [
        {
            "tag": operation["tags"][0],
            "method": method.upper(),
            "path": API_PATH + path,
            "summary": operation["summary"],
            "description": " ".join(operation.get("description", "").split()),
            "scopes": [
                scope
                for wanted in operation["security"]
                for scopes in wanted.values()
                for scope in scopes
            ],
            "statuses": sorted(operation["responses"]),
        }
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
