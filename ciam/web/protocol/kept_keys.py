"""The key set of tokens as bytes, kept while nothing about it has changed (RFC 7517 §5).

It is made anew with a new generation of the configuration, for which the database is asked once a
second, and once a key of it has served its time. A new key is published long before it signs, so
nobody meets a signature whose key is not here.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from weakref import WeakKeyDictionary

from starlette.responses import JSONResponse

from ciam.clock import monotonic
from ciam.keys.signing import list_jwks
from ciam.storage import Database

_RECENT: Final = timedelta(seconds=1)
_FOR_EVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Kept:
    generation: int
    until: datetime
    content: bytes
    checked_at: datetime
    checked: float  # on the clock of this process, which nobody sets


_kept: WeakKeyDictionary[Database, _Kept] = WeakKeyDictionary()


async def key_set(database: Database) -> bytes:
    """Give the document."""
    now, tick = database.clock.now(), monotonic()
    found = _kept.get(database)
    if found is not None and now < found.until:
        is_recent = found.checked_at <= now < found.checked_at + _RECENT
        if is_recent and tick < found.checked + _RECENT.total_seconds():
            return found.content
        if await database.read_generation() == found.generation:
            _kept[database] = replace(found, checked_at=now, checked=tick)
            return found.content
    generation = await database.read_generation()
    async with database.read() as transaction:
        keys = await list_jwks(transaction, "tokens")
        published = await transaction.signing_keys.list_published("tokens")
    ends = [key.unpublished_at for key in published if key.unpublished_at is not None]
    content = bytes(JSONResponse(keys).body)
    _kept[database] = _Kept(generation, min(ends, default=_FOR_EVER), content, now, tick)
    return content
