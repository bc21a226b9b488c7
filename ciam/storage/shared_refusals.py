"""Limits that are reached, told to every node by Redis: a flood then costs the database nothing.

Never a truth. Only refusals are kept, for some seconds, each with a MAC of ours: who finds none
asks the database, which counts. So a Redis that is away, was emptied or answers with what is old
lets nobody through who should not be, and one that lies refuses nobody.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Self

import structlog

from ciam.clock import monotonic
from ciam.errors import Misconfigured
from ciam.identifiers import is_same
from ciam.sealing import keyed_hash

if TYPE_CHECKING:
    from datetime import datetime

    from ciam.sealing import SealingKey

MOST: Final = timedelta(seconds=5)
"""A limit may be lifted sooner than it was said: by a success, by an operator."""
PATIENCE: Final = 0.1
REST: Final = 5.0
"""Seconds: of waiting for Redis, and of leaving it alone after it failed."""
_MAC_BYTES: Final = 16
_TIME_BYTES: Final = 8

log = structlog.get_logger("ciam.storage")


class SharedRefusals:
    """Limits that are reached, for as long as Redis keeps them."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - an optional package has the type
        """Take a client of `redis.asyncio`."""
        self.client = client
        self._resting_until = 0.0

    @classmethod
    def open(cls, url: str) -> Self:
        """Connect when it is first asked; raise Misconfigured without the package or a URL."""
        try:
            from redis.asyncio import Redis  # noqa: PLC0415 - an optional package
            from redis.asyncio.retry import Retry  # noqa: PLC0415 - an optional package
            from redis.backoff import NoBackoff  # noqa: PLC0415 - an optional package
        except ImportError as error:
            cause = "CIAM_REDIS_URL is set, and the package `ciam[redis]` is not installed"
            raise Misconfigured(cause) from error
        try:
            client = Redis.from_url(
                url,
                socket_timeout=PATIENCE,
                socket_connect_timeout=PATIENCE,
                retry=Retry(NoBackoff(), 0),
            )
        except ValueError as error:
            cause = "CIAM_REDIS_URL is not a URL of Redis"
            raise Misconfigured(cause) from error
        return cls(client)

    async def find(self, key: SealingKey, name: bytes, now: datetime) -> timedelta | None:
        """Give for how long a limit is known to be reached."""
        kept: Any = await self._ask("get", _key(name))
        if not isinstance(kept, bytes) or len(kept) != _TIME_BYTES + _MAC_BYTES:
            return None
        until, mac = kept[:_TIME_BYTES], kept[_TIME_BYTES:]
        if not is_same(mac, _mac(key, name, until)):
            return None
        left = timedelta(milliseconds=int.from_bytes(until, "big") - _milliseconds(now))
        return left if timedelta(0) < left <= MOST else None

    async def note(self, key: SealingKey, name: bytes, now: datetime, wait: timedelta) -> None:
        """Tell that a limit is reached, for a while."""
        known = min(wait, MOST)
        until = (_milliseconds(now) + known // timedelta(milliseconds=1)).to_bytes(
            _TIME_BYTES, "big"
        )
        content = until + _mac(key, name, until)
        await self._ask("set", _key(name), content, px=max(1, known // timedelta(milliseconds=1)))

    async def is_there(self) -> bool:
        """Whether Redis answers now."""
        from redis.exceptions import RedisError  # noqa: PLC0415 - an optional package

        try:
            return bool(await self.client.ping())
        except (RedisError, OSError, TimeoutError):
            return False

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()

    async def _ask(self, command: str, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - as Redis has it
        """Ask Redis; nothing, and none of it for a while, when it does not answer at once."""
        from redis.exceptions import RedisError  # noqa: PLC0415 - an optional package

        if monotonic() < self._resting_until:
            return None
        try:
            return await getattr(self.client, command)(*given, **named)
        except (RedisError, OSError, TimeoutError, ValueError) as error:
            self._resting_until = monotonic() + REST
            log.warning("redis is left alone for a while", error=type(error).__name__)
            return None


def _key(name: bytes) -> str:
    return f"ciam:refused:{name.hex()}"


def _mac(key: SealingKey, name: bytes, until: bytes) -> bytes:
    return keyed_hash(key, "shared refusal", name, until)[:_MAC_BYTES]


def _milliseconds(now: datetime) -> int:
    return int(now.timestamp() * 1000)
