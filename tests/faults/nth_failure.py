"""R-08: fail the k-th call to the database of each journey, for k = 1, 2, ... until it passes.

Whoever made the journey sends a request again when the answer was 503, as browsers' users and apps
do, and everything ends as if nothing had happened: one customer, one session, one token family, no
event without its act. No other error is ever answered, and none shows our inside.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit

from pydantic import SecretStr

from ciam.app import create_app
from ciam.audit.reconcile import find_orphans
from ciam.audit.sequencer import sequence_pending
from ciam.audit.verify import verify_log
from ciam.jobs.worker import Worker
from ciam.settings import Settings
from tests.faults.broken_calls import Fault, Kind, postgresql_wire, sqlite_driver
from tests.faults.journeys import JOURNEYS, Place
from tests.parts.clock import FakeClock
from tests.providers.world import make_fakes
from tests.scoreboard import Score

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ID = "R-08"
STATEMENT = "each journey with its k-th database call failed: ends as without, 503 at the worst"
_TRIES = 4
_MOST = 400


class AsksAgain:
    """Sends a request again when it was answered with 503, and notes every other error."""

    def __init__(self, app: ASGIApp, fault: Fault, *, is_patient: bool = True) -> None:
        """Take the server; without patience a 503 is passed on."""
        self.app, self.fault, self.tries = app, fault, _TRIES if is_patient else 1
        self.wrong: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        for _ in range(self.tries):
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


async def attack(
    database_url: str,
    kinds: tuple[Kind, ...],
    *,
    seed: int,
    step: int = 1,
    only: tuple[str, ...] = tuple(JOURNEYS),
    is_patient: bool = True,
) -> Score:
    """Fail every call of every journey; `step`: only every so many, from a random first one."""
    score, fault, luck = Score(ID, STATEMENT, seed), Fault(), random.Random(seed)
    async with opened(database_url, fault) as (place, entry):
        entry.tries = _TRIES if is_patient else 1
        for name in only:
            for kind in kinds:
                for at in range(luck.randint(1, step), _MOST, step):
                    found = await _try(place, entry, name, at, kind)
                    if not fault.has_fired:
                        break
                    score.count(f"{name}, call {at}, {kind}: {found}" if found else None)
    return score


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
    entry.wrong += await _find_broken(place)
    return "; ".join(entry.wrong) or None


async def _find_broken(place: Place) -> list[Any]:
    await sequence_pending(place.database, "test")
    return [*await find_orphans(place.database), *(await verify_log(place.database)).problems]
