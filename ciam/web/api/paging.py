"""Paging by cursor: sealed, so that nobody reads or makes one, and bound to list and caller."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, TypeVar

from fastapi import Query

from ciam.errors import ApiRefusal
from ciam.sealing import SealBroken, place, seal, unseal
from ciam.storage import Database
from ciam.texts import Text
from ciam.web.api.callers import Caller

T = TypeVar("T")

MOST: Final = 100
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most.")]
Cursor = Annotated[
    str | None,
    Query(max_length=400, description="`next` of the page before; left out for the first."),
]


def page(
    database: Database,
    caller: Caller,
    entries: Sequence[T],
    key: Callable[[T], str],
    *,
    after: str | None,
    limit: int,
) -> tuple[list[T], str | None]:
    """Give a page of a list that is ordered by `key`, newest first, and the cursor of the next.

    The cursor holds the last key given, so what is added meanwhile shifts nothing.
    """
    where = place("cursor", caller.client.client_id, caller.owner)
    last = None if after is None else _open(database, after, where)
    rest = [entry for entry in entries if last is None or key(entry) < last]
    found = rest[:limit]
    if len(rest) <= limit:
        return found, None
    sealed = seal(database.keys.records.newest, key(found[-1]).encode(), where)
    return found, base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _open(database: Database, cursor: str, where: bytes) -> str:
    try:
        sealed: Any = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        return unseal(database.keys.records, sealed, where).decode()
    except (SealBroken, binascii.Error, ValueError) as error:
        raise ApiRefusal(
            400, "bad_cursor", Text("This cursor is not ours. Begin with the first page.")
        ) from error
