"""The key set of tokens as bytes, kept while nothing about it has changed (RFC 7517 §5).

It is made anew with a new generation of the configuration, and once a key of it has served its
time. So a rotated key still shows with the next request, whichever node rotated it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from weakref import WeakKeyDictionary

from starlette.responses import JSONResponse

from ciam.keys.signing import list_jwks
from ciam.storage import Database

_FOR_EVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Kept:
    generation: int
    made_at: datetime
    until: datetime
    content: bytes


_kept: WeakKeyDictionary[Database, _Kept] = WeakKeyDictionary()


async def key_set(database: Database) -> bytes:
    """Give the document."""
    generation, now = await database.read_generation(), database.clock.now()
    found = _kept.get(database)
    if found is not None and found.generation == generation and found.made_at <= now < found.until:
        return found.content
    async with database.read() as transaction:
        keys = await list_jwks(transaction, "tokens")
        published = await transaction.signing_keys.list_published("tokens")
    ends = [key.unpublished_at for key in published if key.unpublished_at is not None]
    content = bytes(JSONResponse(keys).body)
    _kept[database] = _Kept(generation, now, min(ends, default=_FOR_EVER), content)
    return content
