"""What providers publish, discovery documents and keys: fetched when needed, kept for an hour.

A key that is not among the kept ones makes us look again, but at most once a minute: forged tokens
must not make us a burden for the provider (OIDC Core §10.1.1).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from ciam.federation.backchannel import Unanswered, fetch_object

if TYPE_CHECKING:
    from ciam.outbound import Outbound

KEPT: Final = timedelta(hours=1)
KEPT_WHEN_DOWN: Final = timedelta(hours=24)
LOOK_AGAIN: Final = timedelta(minutes=1)


@dataclass
class _Entry:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    document: dict[str, Any] | None = None
    fetched_at: datetime | None = None
    tried_at: datetime | None = None

    def is_within(self, age: timedelta, now: datetime) -> bool:
        return self.fetched_at is not None and now - self.fetched_at < age


_kept: WeakKeyDictionary[Outbound, dict[str, _Entry]] = WeakKeyDictionary()
"""One set for each way out; the addresses are an operator's, so there are few."""


async def get_document(
    outbound: Outbound, url: str, now: datetime, *, anew: bool = False
) -> dict[str, Any]:
    """Give a published document; `anew`: something was missing in the kept one.

    Raise Unanswered when it was never had and cannot be had now.
    """
    entry = _kept.setdefault(outbound, {}).setdefault(url, _Entry())
    async with entry.lock:  # many who wait for one document ask for it once
        wanted = LOOK_AGAIN if anew else KEPT
        has_just_tried = entry.tried_at is not None and now - entry.tried_at < LOOK_AGAIN
        if entry.document is not None and (entry.is_within(wanted, now) or has_just_tried):
            return entry.document
        try:
            entry.tried_at = now
            entry.document = await fetch_object(outbound, "GET", url)
            entry.fetched_at = now
        except Unanswered:
            if entry.document is None or not entry.is_within(KEPT_WHEN_DOWN, now):
                raise
        return entry.document
