"""C-10: of all that use one thing at once, exactly one succeeds, whatever kind of thing it is.

Every round makes one of each kind and lets every client try them all, each in a transaction of its
own, in an order that differs from round to round.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ciam.clock import SystemClock
from ciam.sealing import KeyRing, SealingKey, new_key
from ciam.storage import Database
from tests.races.race import Round
from tests.races.single_uses import KINDS, Owner, make_owner
from tests.races.squad import Squad

ID = "C-10"
PROPERTY = f"each of {len(KINDS)} kinds of single-use things is used once"
TWIN = "read_then_write_claims"
SHORT = 20
CLIENTS = 6


class ClaimGun:
    """Claims things straight in the database."""

    async def open(self, options: dict[str, Any]) -> None:
        """Open the database, with the keys that every process shares."""
        self._database = _open(options["database_url"], options["key"])

    async def fire(self, _client: int, payload: list[tuple[str, Any]]) -> dict[str, bool]:
        """Claim one thing of each kind, each in a transaction of its own."""
        won = {}
        for name, value in payload:
            async with self._database.write() as transaction:
                won[name] = await KINDS[name].claim(transaction, value)
        return won

    async def close(self) -> None:
        """Close the database."""
        await self._database.close()


@contextmanager
def open(  # noqa: A001 - the name every race has
    database_url: str, twin: str | None
) -> Iterator[tuple[Squad, Callable[[random.Random], Round]]]:
    """Start two processes with a database each; no server is needed."""
    key = new_key()
    with asyncio.Runner() as runner:
        database = _open(database_url, key)
        options = {"database_url": database_url, "key": key}
        gun = f"{__name__}:ClaimGun"
        try:
            owner = runner.run(_make_owner(database))
            with Squad(gun, options, clients=CLIENTS, twin=twin) as squad:
                yield squad, lambda luck: runner.run(_prepare(database, owner, luck))
        finally:
            runner.run(database.close())


def _open(database_url: str, key: SealingKey) -> Database:
    return Database.open(database_url, SystemClock(), KeyRing.of(key))


async def _make_owner(database: Database) -> Owner:
    async with database.write() as transaction:
        return await make_owner(transaction)


async def _prepare(database: Database, owner: Owner, luck: random.Random) -> Round:
    async with database.write() as transaction:
        made = [(name, await kind.prepare(transaction, owner)) for name, kind in KINDS.items()]
    luck.shuffle(made)
    return Round([made] * CLIENTS, _judge)


def _judge(won: list[dict[str, bool]]) -> str | None:
    wins = {name: sum(one[name] for one in won) for name in KINDS}
    wrong = {name: number for name, number in wins.items() if number != 1}
    return f"not used once: {wrong}" if wrong else None
