"""R-15: of all requests with one Idempotency-Key at once, one does the work; all agree on it."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from ciam.clock import SystemClock
from ciam.identifiers import new_opaque
from ciam.sealing import KeyRing, SealingKey, new_key
from ciam.storage import Database
from tests.races.race import Round
from tests.races.squad import Squad

ID = "R-15"
PROPERTY = "one Idempotency-Key is carried out once"
TWIN = "read_then_write_idempotency"
SHORT = 20
CLIENTS = 10
BUSY = "busy"


class KeyGun:
    """Uses keys straight in the database, in the order that `web.api.writes` does."""

    async def open(self, options: dict[str, Any]) -> None:
        """Open the database; every process seals with the same key."""
        key = SealingKey(1, bytes.fromhex(options["key"]))
        self._database = Database.open(options["database_url"], SystemClock(), KeyRing.of(key))

    async def fire(self, _client: int, payload: str) -> tuple[bool, str]:
        """Do the work or find its reply; tell which, and the reply."""
        async with self._database.write() as transaction:
            replies = transaction.idempotent_replies
            if await replies.is_in_progress(payload):
                return False, BUSY
            claim = await replies.claim(
                payload, request_hash=b"same", lifetime=timedelta(minutes=1)
            )
            if claim is None:
                kept = await replies.find(payload)
                return False, "" if kept is None else kept.body.decode()
            done = new_opaque()
            await replies.keep(claim, payload, status=200, reply=({}, done.encode()))
        return True, done

    async def close(self) -> None:
        """Close the database."""
        await self._database.close()


@contextmanager
def open(  # noqa: A001 - the name every race has
    database_url: str, twin: str | None
) -> Iterator[tuple[Squad, Callable[[random.Random], Round]]]:
    """Start two processes with a database each; no server is needed."""
    options = {"database_url": database_url, "key": new_key().secret.hex()}
    with Squad(f"{__name__}:KeyGun", options, clients=CLIENTS, twin=twin) as squad:
        yield squad, _prepare


def _prepare(luck: random.Random) -> Round:
    return Round([f"key-{luck.getrandbits(128):x}"] * CLIENTS, _judge)


def _judge(answers: list[Any]) -> str | None:
    done = [reply for did, reply in answers if did]
    others = {reply for did, reply in answers if not did} - {BUSY, *done}
    if len(done) != 1:
        return f"{len(done)} of {len(answers)} did the work"
    return f"{len(others)} replies are another's" if others else None
