"""C-10 at its root: of all that claim one value at once, exactly one succeeds."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from ciam.clock import SystemClock
from ciam.sealing import KeyRing, new_key
from ciam.storage import Database
from tests.races.race import Round
from tests.races.squad import Squad

ID = "C-10"
PROPERTY = "a single-use value is claimed once"
TWIN = "read_then_write_single_use"
SHORT = 20
CLIENTS = 10


class ClaimGun:
    """Claims values straight in the database."""

    async def open(self, options: dict[str, Any]) -> None:
        """Open the database."""
        self._database = Database.open(
            options["database_url"], SystemClock(), KeyRing.of(new_key())
        )

    async def fire(self, _client: int, payload: str) -> bool:
        """Claim one value in a transaction of its own."""
        async with self._database.write() as transaction:
            expires_at = transaction.clock.now() + timedelta(minutes=1)
            return await transaction.single_uses.claim("race", payload, expires_at=expires_at)

    async def close(self) -> None:
        """Close the database."""
        await self._database.close()


@contextmanager
def open(  # noqa: A001 - the name every race has
    database_url: str, twin: str | None
) -> Iterator[tuple[Squad, Callable[[random.Random], Round]]]:
    """Start two processes with a database each; no server is needed."""
    gun = f"{__name__}:ClaimGun"
    with Squad(gun, {"database_url": database_url}, clients=CLIENTS, twin=twin) as squad:
        yield squad, _prepare


def _prepare(luck: random.Random) -> Round:
    return Round([f"value-{luck.getrandbits(128):x}"] * CLIENTS, _judge)


def _judge(won: list[bool]) -> str | None:
    return None if sum(won) == 1 else f"{sum(won)} of {len(won)} claims succeeded"
