"""The JSON API for apps of customers and for services: one module for each resource."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from ciam.errors import CiamError
from ciam.web.api import (
    authenticators,
    consents,
    customer_consents,
    customer_identifiers,
    customers,
    journeys,
    profile,
    sessions,
)
from ciam.web.api.documentation import documentation_routes, make_openapi, metadata_routes
from ciam.web.api.problems import answer_invalid
from ciam.web.error_responses import UnexpectedErrors, answer_error

__all__ = ["make_api", "make_openapi", "metadata_routes"]

_ROUTERS = (
    journeys,
    profile,
    consents,
    sessions,
    authenticators,
    customers,
    customer_consents,
    customer_identifiers,
)


_NO_TELEMETRY: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""The framework's own would export what was sent and texts of errors; ours: `ciam.telemetry`."""


def make_api() -> FastAPI:
    """Build the API as an application to be mounted; `state` is the server's.

    What nobody expected is answered inside it, or the framework would answer in its own words.
    """
    handlers: dict[Any, Any] = {
        RequestValidationError: answer_invalid,
        HTTPException: answer_error,
        CiamError: answer_error,
    }
    api = FastAPI(
        title="ciam",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=_NO_TELEMETRY,
        generate_unique_id_function=_name_operation,
        exception_handlers=handlers,
        middleware=[Middleware(UnexpectedErrors)],
    )
    for module in _ROUTERS:
        api.include_router(module.router)
    api.router.routes.extend(documentation_routes(api))
    return api


def _name_operation(route: APIRoute) -> str:
    """Name an operation as a generated client will call it: `customers_create`."""
    return f"{route.endpoint.__module__.rpartition('.')[2]}_{route.name}"
