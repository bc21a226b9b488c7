"""Parameters of a protocol request: form-encoded, each once, an empty one is none (RFC 6749 §3.2).

Read by hand and not as a form of a page: no multipart, no files, no tokens of ours in it.
"""

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from ciam.oauth.errors import InvalidRequest
from ciam.oauth.parameters import read_parameters

_FORM: Final = "application/x-www-form-urlencoded"
_MOST_BYTES: Final = 64 * 1024
_MOST_FIELDS: Final = 50


async def read_body(request: Request) -> dict[str, str]:
    """Give the parameters of a POST; raise InvalidRequest when they cannot be read in one way."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise InvalidRequest(f"the body is not {_FORM}")
    body = await request.body()
    if len(body) > _MOST_BYTES:
        raise InvalidRequest("the body is too large")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=_MOST_FIELDS,
            errors="strict",
        )
    except ValueError as error:
        raise InvalidRequest("the body is malformed") from error
    return read_parameters(pairs)
