"""How the API refuses: problem documents (RFC 9457), and how they are documented."""

from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from ciam.errors import ApiRefusal
from ciam.texts import Text
from ciam.web.error_responses import answer_error

MEANING: Final = {
    304: "What `If-None-Match` names is still current.",
    400: "The request cannot be read: malformed JSON, a bad cursor or key.",
    401: "No token, or one that does not count here (RFC 6750); or a sign-in that is too old"
    " (RFC 9470). `WWW-Authenticate` says which.",
    403: "The token is good; it does not allow this.",
    404: "There is no such thing, or not for this caller.",
    409: "It conflicts with what is there, or the same Idempotency-Key is being worked on.",
    410: "The customer was erased. The ID is never used again.",
    412: "It was changed since you read it (`If-Match`).",
    413: "The request is too large.",
    415: "The body is not `application/json`.",
    422: "A value does not fit, or the Idempotency-Key was used with another request.",
    428: "`If-Match` is needed: read first, then write.",
    429: "Too many requests. `Retry-After` says how long to wait.",
    503: "Busy. Nothing was done; try again after `Retry-After` seconds.",
}
_ALWAYS: Final = (400, 401, 403, 422, 503)
_OF_WRITES: Final = (409, 413, 415, 429)
_NOT_MODIFIED: Final = 304


class Fault(BaseModel):
    """One value that does not fit."""

    pointer: str = Field(description="Where, as a JSON pointer (RFC 6901).", examples=["#/name"])
    detail: str = Field(description="What to do, in the language of the request.")


class Problem(BaseModel):
    """A refusal (RFC 9457), in the language of `Accept-Language`."""

    type: str = Field(description="Stable; compare this.", examples=["urn:ciam:problem:not_found"])
    title: str = Field(description="For people.")
    detail: str | None = Field(
        default=None, description="For developers: what an authorization request is refused for."
    )
    status: int = Field(examples=[404])
    instance: str = Field(description="Tell us this number when you ask us about it.")
    errors: list[Fault] | None = Field(default=None, description="Each value that does not fit.")


def documented(
    caller: str, scope: str, *statuses: int, writes: bool = False, answer: type[BaseModel] | None
) -> dict[str, Any]:
    """Give what every operation declares: its model, its refusals, the token it takes."""
    refusals = sorted({*_ALWAYS, *statuses, *(_OF_WRITES if writes else ())})
    responses: dict[int, dict[str, Any]] = {
        status: {"description": MEANING[status]}
        | (
            {}
            if status == _NOT_MODIFIED
            else {"content": {"application/problem+json": {"schema": _SCHEMA}}}
        )
        for status in refusals
    }
    return {
        "responses": responses,
        "response_model": answer,
        "openapi_extra": {"security": [{caller: [scope]}]},
    }


def documented_journey(
    *statuses: int, answer: type[BaseModel], problem: type[BaseModel] = Problem
) -> dict[str, Any]:
    """Give what an operation declares that takes no token: a browser's cookie, or an auth_session.

    `problem` is the model of what says which values to mend.
    """
    responses: dict[int, dict[str, Any]] = {}
    for status in sorted({400, 403, 404, 422, 429, 503, *statuses}):
        if status == _OK:
            responses[status] = {"model": answer, "description": "Nobody has to be asked."}
            continue
        model = problem.__name__ if status == _UNFIT else Problem.__name__
        schema = {"$ref": f"#/components/schemas/{model}"}
        responses[status] = {
            "description": _OF_JOURNEYS.get(status, MEANING[status]),
            "content": {"application/problem+json": {"schema": schema}},
        }
    return {
        "responses": responses,
        "response_model": answer,
        "openapi_extra": {"security": [{BROWSER: []}, {APP: []}]},
    }


_SCHEMA: Final = {"$ref": "#/components/schemas/Problem"}
BROWSER: Final = "browser"
APP: Final = "app"
_OK: Final = 200
_UNFIT: Final = 422
_OF_JOURNEYS: Final = {
    400: "It cannot be read, the auth_session is none of ours or too old, or the journey cannot go"
    " on: begin again.",
    403: "Not from this origin, not for this app, or registration is closed.",
    404: "There is no such journey in this browser or app, or it is over.",
    422: "A value does not fit: which one, and the journey as it is now.",
}


async def answer_invalid(request: Request, error: Exception) -> Response:
    """Answer values that do not fit the model of an operation, without repeating them."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    faults = {_pointer(one["loc"]): Text("This value does not fit.") for one in found}
    refusal = ApiRefusal(
        422,
        "does_not_fit",
        Text("Some values do not fit."),
        cause=", ".join(sorted({one["type"] for one in found}))[:200],
        faults=faults,
    )
    return await answer_error(request, refusal)


def _pointer(location: tuple[int | str, ...]) -> str:
    """Give a pointer into the body; of a parameter, its place and name."""
    place, *names = location
    steps = names if place == "body" else [place, *names]
    return "#/" + "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in steps)
