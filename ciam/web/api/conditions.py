"""Conditional requests: read first, then change what was read (RFC 9110 §13, RFC 6585 §3)."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from ciam.errors import ApiRefusal
from ciam.sealing import keyed_hash
from ciam.storage import Database
from ciam.storage.stores.store import to_json
from ciam.texts import Text

_HEX_DIGITS: Final = 32


def etag_of(database: Database, document: Any) -> str:  # noqa: ANN401 - what JSON can hold
    """Give the strong validator of a document: a keyed hash, since headers end up in logs.

    Under the oldest key, so that nodes agree while the key rotates.
    """
    digest = keyed_hash(database.keys.index.oldest, "etag", to_json(document))
    return f'"{digest.hex()[:_HEX_DIGITS]}"'


def check_if_match(request: Request, etag: str) -> None:
    """Raise ApiRefusal unless the caller read what is there now."""
    wanted = request.headers.get("if-match")
    if wanted is None:
        raise ApiRefusal(
            428, "if_match_needed", Text("Read it first, and send its ETag as If-Match.")
        )
    if wanted.strip() != "*" and etag not in _listed(wanted):
        raise ApiRefusal(
            412, "changed_meanwhile", Text("It was changed since you read it. Read it again.")
        )


def answer_document(
    request: Request,
    database: Database,
    document: Any,  # noqa: ANN401 - what JSON can hold
) -> Response:
    """Answer with a document and its ETag; 304 when the caller has it already."""
    headers = {"ETag": etag_of(database, document)}
    if headers["ETag"] in _listed(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    return Response(to_json(document), headers=headers, media_type="application/json")


def _listed(header: str) -> set[str]:
    return {one.strip().removeprefix("W/") for one in header.split(",")}
