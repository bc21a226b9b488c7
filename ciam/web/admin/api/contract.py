"""The contract of the admin API: an OpenAPI 3.1 document, written from its operations."""

import re
from collections.abc import Sequence
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciam.web.admin.api.operation import BASE, ApiRoute, OpenRoute
from ciam.web.api.documentation import PUBLIC
from ciam.web.api.problems import MEANING, Problem

_DESCRIPTION: Final = """\
What the console does, as JSON, by the same rules. Begin a session with password and code, and send
its token in the `Authorization` header: behind every call stands an operator with roles, and the
audit log names them. What their roles have no permission for answers 404, as if it were not there.

Refusals are problem documents (RFC 9457) in the language of `Accept-Language`; compare `type`.
Writes take an `Idempotency-Key`: the same reply, byte for byte, for 24 hours. Reads have an `ETag`;
what is changed with `If-Match` has to be what was read. What reveals a value or changes who may do
what needs a proof of a few minutes ago: 403 with the type `urn:ciam:problem:proof_too_old`, then
`POST /session/confirm`.
"""
_OPERATOR: Final = "operator"
_REFERENCE: Final = "#/components/schemas/{model}"
_NOT_MODIFIED: Final = 304
_HEADERS: Final = {
    "Idempotency-Key": "Repeating it with the same key is harmless.",
    "If-Match": "The ETag that was read.",
    "If-None-Match": "The ETag of what the caller has already.",
}
_Operations = Sequence[ApiRoute | OpenRoute]


def make_openapi(operations: _Operations) -> dict[str, Any]:
    """Write the document, the same for every installation: addresses are relative."""
    models = {_key(wanted): wanted[0] for one in operations for wanted in _models(one)}
    schemas, definitions = TypeAdapter.json_schemas(
        [(key, key[1], TypeAdapter(model)) for key, model in models.items()],
        ref_template=_REFERENCE,
    )
    paths: dict[str, Any] = {}
    for one in operations:
        for method in (one.methods or set()) - {"HEAD"}:
            place = paths.setdefault(_path(one), {})
            place[method.lower()] = _describe(one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ciam, administration",
            "version": "1",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": BASE}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(definitions["$defs"].items())),
            "securitySchemes": {
                _OPERATOR: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of an operator's session.",
                }
            },
        },
    }


def contract_route(document: dict[str, Any]) -> Route:
    """Give the route that publishes the contract; it needs no token."""

    async def openapi(_request: Request) -> Response:
        return JSONResponse(document, headers=PUBLIC)

    return Route(f"{BASE}/openapi.json", openapi)


def _models(route: ApiRoute | OpenRoute) -> list[tuple[Any, JsonSchemaMode]]:
    """Give what goes out and what comes in; every operation can refuse."""
    operation = route.operation
    found: list[tuple[Any, JsonSchemaMode]] = [(Problem, "serialization")]
    if operation.answer is not None:
        found.append((operation.answer, "serialization"))
    if operation.body is not None:
        found.append((operation.body, "validation"))
    return found


def _describe(route: ApiRoute | OpenRoute, schemas: Any) -> dict[str, Any]:  # noqa: ANN401 - as pydantic has it
    operation = route.operation
    needs = route.needs if isinstance(route, ApiRoute) else None
    is_fresh = isinstance(route, ApiRoute) and route.needs_fresh
    responses: dict[str, Any] = {str(operation.status): _answer(route, schemas)}
    for status in operation.statuses(needs=needs, is_fresh=is_fresh):
        responses[str(status)] = {"description": MEANING[status]}
        if status != _NOT_MODIFIED:
            problem = _reference(Problem, "serialization", schemas)
            responses[str(status)]["content"] = {"application/problem+json": {"schema": problem}}
    said = operation.summary or (route.handler.__doc__ or "").strip().partition("\n")[0]
    document: dict[str, Any] = {
        "tags": [_path(route).split("/")[1]],
        "operationId": _operation_id(route),
        "summary": said.rstrip("."),
        "parameters": _parameters(route),
        "responses": dict(sorted(responses.items())),
        "security": [] if needs is None else [{_OPERATOR: []}],
    }
    if needs is not None:
        document["description"] = f"Needs the permission `{needs}`."
    if operation.body is not None:
        document["requestBody"] = {
            "required": True,
            "content": {
                "application/json": {"schema": _reference(operation.body, "validation", schemas)}
            },
        }
    return document


def _answer(route: ApiRoute | OpenRoute, schemas: Any) -> dict[str, Any]:  # noqa: ANN401 - as pydantic has it
    operation = route.operation
    found: dict[str, Any] = {"description": "Done." if operation.answer is None else "The answer."}
    if operation.answer is not None:
        schema = _reference(operation.answer, "serialization", schemas)
        found["content"] = {"application/json": {"schema": schema}}
    if operation.has_etag:
        found["headers"] = {"ETag": {"schema": {"type": "string"}, "required": True}}
    return found


def _parameters(route: ApiRoute | OpenRoute) -> list[dict[str, Any]]:
    operation = route.operation
    names = re.findall(r"{(\w+)}", _path(route))
    found = [_parameter(name, "path", "", required=True) for name in names]
    found += [_parameter(name, "query", said) for name, said in (operation.query or {}).items()]
    is_read = "GET" in (route.methods or ())
    for name, applies in (
        ("Idempotency-Key", operation.takes_key),
        ("If-Match", operation.takes_match),
        ("If-None-Match", operation.has_etag and is_read),
    ):
        if applies:
            found.append(_parameter(name, "header", _HEADERS[name]))
    return found


def _parameter(
    name: str, place: str, description: str, *, required: bool = False
) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "in": place, "schema": {"type": "string"}}
    if required:
        found["required"] = True
    return {**found, "description": description} if description else found


def _reference(model: Any, mode: JsonSchemaMode, schemas: Any) -> dict[str, Any]:  # noqa: ANN401 - any type
    key = _key((model, mode))
    found: dict[str, Any] = schemas[key, key[1]]
    return found


def _key(wanted: tuple[Any, JsonSchemaMode]) -> tuple[str, JsonSchemaMode]:
    model, mode = wanted
    return f"{model.__module__}.{model.__qualname__}", mode


def _path(route: Route) -> str:
    return route.path.removeprefix(BASE).replace(":path}", "}")


def _operation_id(route: ApiRoute | OpenRoute) -> str:
    (method,) = (route.methods or set()) - {"HEAD"}
    words = [word.strip("{}") for word in _path(route).replace("-", "/").split("/") if word]
    return "_".join([method.lower(), *words])
