"""R-08: fail the k-th call to the database of each journey, for k = 1, 2, ... until it passes.

Whoever made the journey sends a request again when the answer was 503, as browsers' users and apps
do, and everything ends as if nothing had happened: one customer, one session, one token family, no
event without its act. No other error is ever answered, and none shows our inside.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import random
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit

import structlog
from pydantic import SecretStr

from ciam.app import create_app
from ciam.audit.reconcile import find_orphans
from ciam.audit.sequencer import sequence_pending
from ciam.audit.verify import verify_log
from ciam.jobs.worker import Worker
from ciam.settings import Settings
from ciam.storage.lazy_connection import LazyConnection
from tests.faults.broken_calls import KINDS, Fault, Kind, postgresql_wire, sqlite_driver
from tests.faults.journeys import JOURNEYS
from tests.faults.place import Place
from tests.parts.clock import FakeClock
from tests.providers.world import make_fakes
from tests.scoreboard import Score

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ID = "R-08"
STATEMENT = "each journey with its k-th database call failed: ends as without, 503 at the worst"
TWIN = "keeps_broken_connections"
DATABASES = ("sqlite", "postgresql")
SHOWN, SHORT = 2000, 45
_TRIES = 4
_MOST = 400
_LOOK_EVERY = 10
_ALL_CALLS = {"sqlite": 1400, "postgresql": 2000}
"""About as many as all journeys have, for each kind of failure."""


class AsksAgain:
    """Sends a request again when it was answered with 503, and notes every other error."""

    def __init__(self, app: ASGIApp, fault: Fault) -> None:
        """Take the server."""
        self.app, self.fault = app, fault
        self.wrong: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        for _ in range(_TRIES):
            answer = await self._ask(dict(scope), body)
            if answer[0]["status"] != 503:
                break
        for message in answer:
            await send(message)

    async def _ask(self, scope: Scope, body: bytes) -> list[Message]:
        answer: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            answer.append(message)

        self.fault.is_counting = True
        try:
            await self.app(scope, receive, send)
        finally:
            self.fault.is_counting = False
        self._judge(scope, answer)
        return answer

    def _judge(self, scope: Scope, answer: list[Message]) -> None:
        status, where = answer[0]["status"], f"{scope['method']} {scope['path']}"
        shown = b"".join(part.get("body", b"") for part in answer)
        if status >= 500 and status != 503:
            self.wrong.append(f"{where} was answered with {status}")
        if status == 503 and not any(name == b"retry-after" for name, _ in answer[0]["headers"]):
            self.wrong.append(f"{where}: 503 without Retry-After")
        if b"Traceback" in shown or b"sqlalchemy" in shown.lower():
            self.wrong.append(f"{where} shows a trace")


@contextmanager
def failing(database_url: str, fault: Fault) -> Iterator[str]:
    """Let calls to a database fail; gives the URL to use."""
    if database_url.startswith("sqlite"):
        with sqlite_driver(fault):
            yield database_url
        return
    there = urlsplit(database_url)
    assert there.hostname is not None
    assert there.port is not None
    with postgresql_wire(there.hostname, there.port, fault) as port:
        yield database_url.replace(f":{there.port}/", f":{port}/")


@asynccontextmanager
async def opened(database_url: str, fault: Fault) -> AsyncIterator[tuple[Place, AsksAgain]]:
    """Start the server in this process, with no background work of its own."""
    clock = FakeClock()
    with tempfile.TemporaryDirectory() as folder, failing(database_url, fault) as url:
        settings = Settings(home=Path(folder) / "home", database_url=SecretStr(url))
        settings.home.mkdir(mode=0o700)
        fakes = make_fakes(clock, settings.issuer)
        with mock.patch.object(Worker, "run", _rest):
            app = create_app(settings, clock=clock, outbound=fakes.outbound(settings))
            async with app.router.lifespan_context(app):
                parts = app.state.parts
                entry = AsksAgain(app, fault)
                place = Place(settings.issuer, entry, parts.database, parts.hasher, fakes)
                await place.furnish()
                yield place, entry


async def _rest(_worker: Worker) -> None:
    """Do no background work: it would make calls between those that are counted."""


def run(database_url: str, *, n: int, seed: int, twin: str | None = None) -> Score:
    """Fail about `n` calls of all journeys, spread over them; every call when `n` is large."""
    kind = database_url.partition("+")[0].partition(":")[0]
    step = max(1, _ALL_CALLS[kind] // n)
    with mock.patch.object(LazyConnection, "throw_away", LazyConnection.throw_away):
        if twin is not None:  # of this process, where the server runs too
            importlib.import_module(f"tests.races.twins.{twin}").install()
        with silenced():
            return asyncio.run(
                attack(database_url, KINDS[kind], seed=seed, step=step, is_twin=twin is not None)
            )


async def attack(
    database_url: str,
    kinds: tuple[Kind, ...],
    *,
    seed: int,
    step: int = 1,
    only: tuple[str, ...] = tuple(JOURNEYS),
    is_twin: bool = False,
) -> Score:
    """Fail every call of every journey; `step`: only every so many, from a random first one."""
    score, fault, luck = Score(ID, STATEMENT, seed), Fault(), random.Random(seed)
    async with opened(database_url, fault) as (place, entry):
        for name in only:
            for kind in kinds:
                for at in range(luck.randint(1, step), _MOST, 1 if is_twin else step):
                    found = await _try(place, entry, name, at, kind)
                    if not fault.has_fired or (is_twin and score.failures):
                        break
                    score.count(f"{name}, call {at}, {kind}: {found}" if found else None)
                if broken := await find_broken(place):
                    score.count(f"{name}, {kind}, one of the last calls: {broken}")
            if is_twin and score.failures:
                break
    return score


@contextmanager
def silenced() -> Iterator[None]:
    """Keep the server of this process from telling of every failure that is meant."""
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(wrapper_class=before)


async def _try(place: Place, entry: AsksAgain, name: str, at: int, kind: Kind) -> str | None:
    """Make one journey with one failure; gives what is wrong."""
    entry.wrong.clear()
    act = await JOURNEYS[name](place)
    entry.fault.arm(at, kind)
    try:
        await act()
    except Exception as error:  # noqa: BLE001 - whatever it is, the journey did not end as it must
        entry.wrong.append(f"{type(error).__name__}: {str(error)[:300]}")
    has_fired = entry.fault.has_fired
    entry.fault.arm(0, kind)
    entry.fault.has_fired = has_fired
    if at % _LOOK_EVERY == 0:
        entry.wrong += await find_broken(place)
    return "; ".join(entry.wrong) or None


async def find_broken(place: Place) -> list[Any]:
    """Read the whole log and every act: what is broken stays so, and is found a little later."""
    await sequence_pending(place.database, "test")
    return [*await find_orphans(place.database), *(await verify_log(place.database)).problems]
