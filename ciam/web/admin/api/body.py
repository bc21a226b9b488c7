"""JSON in and out: bodies read by a model, records written as they are."""

from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ciam.errors import ApiRefusal
from ciam.texts import Text
from ciam.web.api.conditions import answer_document
from ciam.web.api.route import check_media_type
from ciam.web.api.strict_json import read_json
from ciam.web.parts import parts

_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
_One = TypeVar("_One")


class Body(BaseModel):
    """A body; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Reason(Body):
    """Why something is done; stands in the audit log."""

    reason: str


class Listed(BaseModel, Generic[_One]):
    """A list."""

    items: list[_One]


_Model = TypeVar("_Model", bound=Body)


async def read_body(request: Request, model: type[_Model]) -> _Model:
    """Read a JSON body; raise ApiRefusal for what does not fit, without repeating it."""
    body = await request.body()
    if body:
        check_media_type(request)
    read_json(body)
    try:
        return model.model_validate_json(body, strict=True)
    except ValidationError as error:
        found = error.errors()
        raise ApiRefusal(
            422,
            "body_does_not_fit",
            Text("The body is not JSON of the shape that this operation takes."),
            cause="; ".join(f"{one['loc']}: {one['type']}" for one in found)[:200],
            faults={_pointer(one["loc"]): Text("This value does not fit.") for one in found},
        ) from error


def to_document(found: Any) -> Any:  # noqa: ANN401 - records of any kind
    """Give records, lists and mappings as JSON has them."""
    return _ANYTHING.dump_python(found, mode="json")


def answer(document: Any, status: int = 200) -> Response:  # noqa: ANN401 - records of any kind
    """Write records, lists and mappings as JSON."""
    return JSONResponse(to_document(document), status)


def answer_read(request: Request, found: Any) -> Response:  # noqa: ANN401 - records of any kind
    """Answer a read with its ETag; 304 when the caller has it already."""
    return answer_document(request, parts(request).database, to_document(found))


def read_id(request: Request, name: str) -> UUID:
    """Give an id from the path; raise 404 for what is none."""
    try:
        return UUID(request.path_params[name])
    except ValueError as error:
        raise HTTPException(404) from error


def _pointer(location: tuple[int | str, ...]) -> str:
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in location)
    return "#/" + "/".join(steps)
