"""R-14: every POST comes twice, side by side or late, and either answer may reach the browser.

Code redemption is left out: a second valid use is refused and revokes, by rule (C-01).
"""

from __future__ import annotations

import asyncio
import importlib
import random
from typing import TYPE_CHECKING
from unittest import mock

import ciam.authentication.sign_in
from tests.faults.broken_calls import Fault
from tests.faults.fault_nth_call import AsksAgain, find_broken, opened, silenced
from tests.faults.journeys import JOURNEYS
from tests.faults.place import Place
from tests.scoreboard import Score

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ID = "R-14"
STATEMENT = "each POST of a journey sent twice: one effect, the same to see"
TWIN = "forgets_answers"
DATABASES = ("sqlite", "postgresql")
SHOWN, SHORT = 500, 20
_LATEST = 0.5
WHICH = tuple(name for name in JOURNEYS if name != "code")


class SendsTwice:
    """Sends each POST twice, and gives one of the two answers."""

    def __init__(self, app: ASGIApp, luck: random.Random) -> None:
        """Take the server."""
        self.app, self.luck, self.sent = app, luck, 0
        self.wrong: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        if scope["method"] == "POST":
            self.sent += 1
            late = self.luck.choice([0.0, self.luck.uniform(0, _LATEST)])
            both = await asyncio.gather(
                self._ask(dict(scope), body, 0.0), self._ask(dict(scope), body, late)
            )
            shown = self.luck.choice(both)
        else:
            shown = await self._ask(dict(scope), body, 0.0)
        for message in shown:
            await send(message)

    async def _ask(self, scope: Scope, body: bytes, late: float) -> list[Message]:
        answer: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            answer.append(message)

        await asyncio.sleep(late)
        await self.app(scope, receive, send)
        if answer[0]["status"] >= 500:
            self.wrong.append(f"{scope['path']} was answered with {answer[0]['status']}")
        return answer


def run(database_url: str, *, n: int, seed: int, twin: str | None = None) -> Score:
    """Make `n` journeys, all kinds in turn."""
    recall = ciam.authentication.sign_in.recall  # type: ignore[attr-defined]  # put back afterwards
    with silenced(), mock.patch.object(ciam.authentication.sign_in, "recall", recall):
        if twin is not None:  # of this process, where the server runs too
            importlib.import_module(f"tests.races.twins.{twin}").install()
        return asyncio.run(_attack(database_url, n, seed, is_twin=twin is not None))


async def _attack(database_url: str, n: int, seed: int, *, is_twin: bool) -> Score:
    score, luck = Score(ID, STATEMENT, seed), random.Random(seed)
    async with opened(database_url, Fault()) as (place, entry):
        assert isinstance(entry, AsksAgain)
        twice = SendsTwice(entry.app, luck)
        place.entry = twice
        for number in range(n):
            name = "sign_in" if is_twin else WHICH[number % len(WHICH)]
            found = await _try(place, twice, name)
            score.count(f"{name}: {found}" if found else None)
            if is_twin and score.failures:
                break
    score.statement += f" ({twice.sent} duplicates)"
    return score


async def _try(place: Place, twice: SendsTwice, name: str) -> str | None:
    act = await JOURNEYS[name](place)
    twice.wrong.clear()
    try:
        await act()
    except Exception as error:  # noqa: BLE001 - whatever it is, the journey did not end as it must
        twice.wrong.append(f"{type(error).__name__}: {str(error)[:300]}")
    twice.wrong += await find_broken(place)
    return "; ".join(twice.wrong) or None
