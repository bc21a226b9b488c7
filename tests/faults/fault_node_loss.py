"""R-05: a journey that began on one node ends on the other, wherever the first one dies.

Every request of a journey is a step. Each journey is made with the nodes in turn. Then, for each of
its steps, the first node is killed right before that step, or while it answers it; the rest is
answered by the second node, and so is the request that lost its answer: it is sent again.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any

import httpx

from ciam.customers.passwords import PasswordHasher
from tests.factories.live_node import LiveNode, live_node
from tests.faults.journeys import JOURNEYS
from tests.faults.place import Place
from tests.scoreboard import Score

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Receive, Scope, Send

ID = "R-05"
STATEMENT = "each journey, its node killed between any two steps or within one, ends on the other"
TWIN = "remembers_in_the_process"
DATABASES = ("postgresql",)
SHOWN, SHORT = 250, 6
LIVE = tuple(name for name in JOURNEYS if name != "link_login")
"""Without the social login: its provider is a fake of this process."""
_EACH = 3
"""Trials of a journey when there is no time for every step: in turn, between steps, within one."""


@dataclass(frozen=True, slots=True)
class Kill:
    """When the first node dies: at a step, 0 for never; after so many seconds of answering it."""

    step: int = 0
    after: float | None = None

    def __str__(self) -> str:
        """Say it."""
        if not self.step:
            return "nodes in turn"
        if self.after is None:
            return f"killed before step {self.step}"
        return f"killed {self.after * 1000:.0f} ms into step {self.step}"


@dataclass
class Nodes:
    """Before several nodes: answers each request by one of them, and may kill the first."""

    node: LiveNode
    kill: Kill = field(default_factory=Kill)
    took: list[float] = field(default_factory=list)
    """Seconds that each step took."""
    lost: int = 0
    """Requests whose answer the kill took away."""
    wrong: list[str] = field(default_factory=list)

    def begin(self, kill: Kill) -> None:
        """Count steps anew."""
        self.kill = kill
        self.took.clear()
        self.wrong.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        began = time.monotonic()
        answer = await self._answer(scope, body, len(self.took) + 1)
        self.took.append(time.monotonic() - began)
        if answer.status_code >= 500:
            self.wrong.append(f"{scope['method']} {scope['path']}: {answer.status_code}")
        kept = [one for one in answer.headers.raw if one[0].lower() not in _OF_A_HOP]
        await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
        await send({"type": "http.response.body", "body": answer.content})

    async def _answer(self, scope: Scope, body: bytes, step: int) -> httpx.Response:
        if not self.kill.step:
            return await self._ask(int(step % 2 == 0), scope, body)
        if step < self.kill.step:
            return await self._ask(0, scope, body)
        if step == self.kill.step:
            if self.kill.after is None:
                await asyncio.to_thread(self.node.server.kill)
            else:
                asked = asyncio.create_task(self._ask(0, scope, body))
                await asyncio.wait([asked], timeout=self.kill.after)
                await asyncio.to_thread(self.node.server.kill)
                try:
                    return await asked
                except httpx.TransportError:
                    self.lost += 1  # and asked again, of the other node
        return await self._ask(1, scope, body)

    async def _ask(self, number: int, scope: Scope, body: bytes) -> httpx.Response:
        query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
        url = f"{self.node.bases[number]}{scope['raw_path'].decode()}{query}"
        headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
        # A new connection each time, as another node's balancer makes one.
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            return await http.request(scope["method"], url, content=body, headers=headers)


_OF_A_HOP = {b"transfer-encoding", b"content-encoding", b"connection"}


def run(database_url: str, *, n: int, seed: int, twin: str | None = None) -> Score:
    """Make `n` journeys: with nodes in turn, then with a kill before and within each step."""
    score, luck = Score(ID, STATEMENT, seed), random.Random(seed)
    with live_node(database_url, nodes=2, workers=1, twin=twin) as node:
        nodes, hasher = Nodes(node), PasswordHasher(1)
        homes = tuple(server.home for server in (node.server, *node.others))
        place = Place(node.server.url, nodes, node.database, hasher, homes=homes)
        node.run(place.furnish())
        names = luck.sample(LIVE, min(len(LIVE), max(1, n // _EACH)))
        if twin:
            names = ["sign_in"]  # which is caught at once
        took = {name: _make(score, nodes, place, name, Kill()) for name in names}
        cells = [] if twin and score.failures else list(_cells(took, luck))
        for name, kill in cells[: max(0, n - len(took))]:
            _make(score, nodes, place, name, kill)
            node.server.start()
        hasher.close()
    score.statement += (
        f" ({len(took)} journeys in turn, {score.n - len(took)} of {len(cells)} kills,"
        f" {nodes.lost} answers lost)"
    )
    return score


def _cells(took: dict[str, list[float]], luck: random.Random) -> Iterator[tuple[str, Kill]]:
    """Give every kill, journeys in turn: before one step, within another."""
    kills = []
    for name, seconds in took.items():
        before = [Kill(step) for step in range(2, len(seconds) + 1)]
        within = [Kill(step, luck.uniform(0, each)) for step, each in enumerate(seconds, start=1)]
        luck.shuffle(before)
        luck.shuffle(within)
        mixed = chain.from_iterable(zip_longest(within, before))
        kills.append([(name, kill) for kill in mixed if kill is not None])
    for row in zip_longest(*kills):
        yield from (cell for cell in row if cell is not None)


def _make(score: Score, nodes: Nodes, place: Place, name: str, kill: Kill) -> list[float]:
    """Make one journey and count it; gives what its steps took."""

    async def make() -> Any:  # noqa: ANN401 - nothing
        act = await JOURNEYS[name](place)
        nodes.begin(kill)
        await act()

    try:
        nodes.node.run(make())
    except Exception as error:  # noqa: BLE001 - whatever it is, the journey did not end
        nodes.wrong.append(f"{type(error).__name__}: {str(error)[:300]}")
    score.count(f"{name}, {kill}: {'; '.join(nodes.wrong)}" if nodes.wrong else None)
    return list(nodes.took)
