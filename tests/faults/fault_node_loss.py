"""R-05: a journey that began on one node ends on the other, wherever the first one dies.

Every request of a journey is a step. For each step in turn the first node is killed right before
it, and the rest of the journey is answered by the second; then each step by the node that did not
answer the one before.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import httpx

from ciam.customers.passwords import PasswordHasher
from tests.factories.live_node import LiveNode, live_node
from tests.faults.journeys import JOURNEYS, Place
from tests.scoreboard import Score

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

ID = "R-05"
STATEMENT = "each journey, its node killed between any two steps, ends on the other node"
TWIN = "remembers_in_the_process"
DATABASES = ("postgresql",)
SHOWN, SHORT = 100, 10
LIVE = tuple(name for name in JOURNEYS if name != "link_login")
"""Without the social login: its provider is a fake of this process."""


class Nodes:
    """Before several nodes: answers each request by one of them, and may kill the first."""

    def __init__(self, node: LiveNode) -> None:
        """Take running nodes."""
        self.node, self.kill_at, self.asked = node, 0, 0
        self.wrong: list[str] = []

    def begin(self, *, kill_at: int) -> None:
        """Count steps anew; before which one the first node is killed; 0: take nodes in turn."""
        self.kill_at, self.asked = kill_at, 0
        self.wrong.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        self.asked += 1
        if self.asked == self.kill_at:
            await asyncio.to_thread(self.node.server.kill)
        second = self.asked % 2 == 0 if self.kill_at == 0 else self.asked >= self.kill_at
        query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
        url = f"{self.node.bases[int(second)]}{scope['raw_path'].decode()}{query}"
        headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
        # A new connection each time, as another node's balancer makes one.
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            answer = await http.request(scope["method"], url, content=body, headers=headers)
        if answer.status_code >= 500:
            self.wrong.append(f"{scope['method']} {scope['path']}: {answer.status_code}")
        kept = [one for one in answer.headers.raw if one[0].lower() not in _OF_A_HOP]
        await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
        await send({"type": "http.response.body", "body": answer.content})


_OF_A_HOP = {b"transfer-encoding", b"content-encoding", b"connection"}


def run(database_url: str, *, n: int, seed: int, twin: str | None = None) -> Score:
    """Take nodes in turn, then kill the first before each step; every journey is one trial.

    The journeys are made with nodes in turn in any case, kills are left out above `n`.
    """
    score = Score(ID, STATEMENT, seed)
    with live_node(database_url, nodes=2, workers=1, twin=twin) as node:
        nodes, hasher = Nodes(node), PasswordHasher(1)
        homes = tuple(server.home for server in (node.server, *node.others))
        place = Place(node.server.url, nodes, node.database, hasher, homes=homes)
        node.run(place.furnish())
        steps = {name: _count(score, nodes, place, name) for name in LIVE}
        cells = [(name, at) for name in LIVE for at in range(2, steps[name] + 1)]
        random.Random(seed).shuffle(cells)
        for name, at in () if twin and score.failures else cells[: max(0, n - score.n)]:
            _count(score, nodes, place, name, kill_at=at)
            node.server.start()
        hasher.close()
    return score


def _count(score: Score, nodes: Nodes, place: Place, name: str, *, kill_at: int = 0) -> int:
    """Make one journey and count it; gives its number of steps."""

    async def make() -> Any:  # noqa: ANN401 - nothing
        act = await JOURNEYS[name](place)
        nodes.begin(kill_at=kill_at)
        await act()

    try:
        nodes.node.run(make())
    except Exception as error:  # noqa: BLE001 - whatever it is, the journey did not end
        nodes.wrong.append(f"{type(error).__name__}: {str(error)[:300]}")
    how = f"killed before step {kill_at}" if kill_at else "nodes in turn"
    score.count(f"{name}, {how}: {'; '.join(nodes.wrong)}" if nodes.wrong else None)
    return nodes.asked
