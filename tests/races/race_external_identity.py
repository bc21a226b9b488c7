"""C-05: of all customers that link one (issuer, subject) at once, exactly one has it afterwards."""

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from ciam.clock import SystemClock
from ciam.sealing import KeyRing, SealingKey, new_key
from ciam.storage import Database
from tests.races.race import Round
from tests.races.squad import Squad

ID = "C-05"
PROPERTY = "one external identity is linked to one customer"
TWIN = "look_up_then_link"
SHORT = 20
CLIENTS = 10
ISSUER = "https://access.line.me"


class LinkGun:
    """Links straight in the database, each client to a customer of its own."""

    async def open(self, options: dict[str, Any]) -> None:
        """Open the database, with the keys that every process shares."""
        self._database = _open(options["database_url"], options["key"])

    async def fire(self, _client: int, payload: tuple[UUID, str]) -> bool:
        """Link one identity in a transaction of its own."""
        customer, subject = payload
        async with self._database.write() as transaction:
            linked = await transaction.external_identities.link(
                customer, ISSUER, subject, connection="line"
            )
        return linked is not None

    async def close(self) -> None:
        """Close the database."""
        await self._database.close()


@contextmanager
def open(  # noqa: A001 - the name every race has
    database_url: str, twin: str | None
) -> Iterator[tuple[Squad, Callable[[random.Random], Round]]]:
    """Start two processes with a database each, and a customer for every client."""
    key = new_key()
    with asyncio.Runner() as runner:
        database = _open(database_url, key)
        customers = runner.run(_make_customers(database))
        options = {"database_url": database_url, "key": key}
        gun = f"{__name__}:LinkGun"
        with Squad(gun, options, clients=CLIENTS, twin=twin) as squad:
            yield squad, lambda luck: _prepare(customers, luck)
        runner.run(database.close())


def _open(database_url: str, key: SealingKey) -> Database:
    return Database.open(database_url, SystemClock(), KeyRing.of(key))


async def _make_customers(database: Database) -> list[UUID]:
    async with database.write() as transaction:
        made = [await transaction.customers.insert_new(language=None) for _ in range(CLIENTS)]
    return [one.id for one in made]


def _prepare(customers: list[UUID], luck: random.Random) -> Round:
    subject = f"U-{luck.getrandbits(128):x}"
    return Round([(customer, subject) for customer in customers], _judge)


def _judge(won: list[bool]) -> str | None:
    return None if sum(won) == 1 else f"{sum(won)} of {len(won)} customers have the identity"
