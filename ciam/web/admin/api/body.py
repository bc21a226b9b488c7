"""JSON in and out: bodies read by a model, records written as they are."""

from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ciam.errors import ApiRefusal
from ciam.texts import Text
from ciam.web.api.strict_json import read_json

_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)


class Body(BaseModel):
    """A body; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Reason(Body):
    """Why something is done; stands in the audit log."""

    reason: str


_Model = TypeVar("_Model", bound=Body)


async def read_body(request: Request, model: type[_Model]) -> _Model:
    """Read a JSON body; raise ApiRefusal for what does not fit, without repeating it."""
    try:
        return model.model_validate(read_json(await request.body()), strict=True)
    except ValidationError as error:
        raise ApiRefusal(
            422,
            "body_does_not_fit",
            Text("The body is not JSON of the shape that this operation takes."),
            cause="; ".join(f"{one['loc']}: {one['type']}" for one in error.errors())[:200],
        ) from error


def answer(document: Any, status: int = 200) -> Response:  # noqa: ANN401 - records of any kind
    """Write records, lists and mappings as JSON."""
    return JSONResponse(_ANYTHING.dump_python(document, mode="json"), status)


def done() -> Response:
    """Say that it was done, with nothing to show."""
    return Response(status_code=204)


def read_id(request: Request, name: str) -> UUID:
    """Give an id from the path; raise 404 for what is none."""
    try:
        return UUID(request.path_params[name])
    except ValueError as error:
        raise HTTPException(404) from error
