"""Requests that an OpenAPI document allows, and more, drawn with a fixed seed; judged by it."""

import json
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, seed, settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_headers_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

_SEED = 20_261_124
_CHECKED = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


def draw_cases(document: dict[str, Any], examples: int) -> Iterator[tuple[Any, list[Any]]]:
    """Give each operation with its cases."""
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]  # an invalid contract fails here
        drawn: list[Any] = []

        @seed(_SEED)
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def draw(case: Any) -> None:  # noqa: ANN401 - a case
            drawn.append(case)  # noqa: B023 - drawn before the next operation

        draw()
        yield operation, drawn


async def send_case(
    http: httpx.AsyncClient,
    base: str,
    case: Any,  # noqa: ANN401 - a case
    token: str | None,
    more: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Send a case as it was drawn, with a token and headers of the test's own."""
    wanted = case.as_transport_kwargs(base_url=base)
    content = json.dumps(wanted["json"]).encode() if "json" in wanted else wanted.get("data")
    headers = [
        (name.encode("latin-1"), str(value).encode("latin-1"))
        for name, value in (wanted.get("headers") or {}).items()
        if name.lower() not in {"authorization", "auth-session"}
    ]
    headers += [(name.encode(), value.encode()) for name, value in (more or {}).items()]
    if "json" in wanted:
        headers.append((b"Content-Type", b"application/json"))
    if token is not None:
        headers.append((b"Authorization", f"Bearer {token}".encode()))
    return await http.request(
        wanted["method"], wanted["url"], params=wanted.get("params"), content=content,
        headers=headers,
    )  # fmt: skip


def judge(case: Any, answer: httpx.Response) -> str | None:  # noqa: ANN401 - a case
    """Say what of an answer is not in the contract; None: all of it is."""
    try:
        case.validate_response(answer, checks=list(_CHECKED))
    except Exception as error:  # noqa: BLE001 - every kind of failure is listed
        return f"{case.operation.label} {answer.status_code}: {error!r}"[:1500]
    return None
