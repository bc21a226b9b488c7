"""R-16: nodes behind nginx are restarted in turn; whoever asks meanwhile is answered."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import httpx

from tests.flows.clients.installation import SECRETS
from tests.parts import nginx
from tests.parts.cluster import Cluster, open_cluster
from tests.scoreboard import Score

ID = "R-16"
STATEMENT = "nodes behind nginx restarted in turn: every request for a token is answered with one"
TWIN = "stops_at_once"
DATABASES = ("postgresql",)
SHOWN, SHORT = 10_000, 300
_ASKING = 4
_PAUSE = 0.02


def run(database_url: str, *, n: int, seed: int, twin: str | None = None) -> Score:
    """Restart the nodes until `n` requests were made; the twin's until one failed."""
    score = Score(ID, STATEMENT, seed)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_cluster(Path(folder), database_url, twin=twin) as cluster,
    ):
        restarts = asyncio.run(
            restart_in_turn(
                cluster, score, lambda: score.n >= n or (twin is not None and score.failures > 0)
            )
        )
    score.statement += f" ({restarts} restarts)"
    return score


async def restart_in_turn(cluster: Cluster, score: Score, is_enough: Callable[[], bool]) -> int:
    """Restart node after node, each at least once, while several ask; gives how many restarts."""
    ports = [node.port for node in cluster.nodes]
    done, restarts = asyncio.Event(), 0
    # A connection each: nginx closes idle ones when it reads its file anew, as it may at any time.
    once = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=cluster.proxy.url, timeout=20, limits=once) as client:
        with nginx.following(cluster.proxy, ports):
            asking = [asyncio.create_task(_ask(client, score, done)) for _ in range(_ASKING)]
            for node in cycle(cluster.nodes):
                await asyncio.to_thread(node.stop)
                await asyncio.to_thread(node.start)
                restarts += 1
                if restarts >= len(cluster.nodes) and is_enough():
                    break
            done.set()
            await asyncio.gather(*asking)
    return restarts


async def _ask(client: httpx.AsyncClient, score: Score, done: asyncio.Event) -> None:
    form = {"grant_type": "client_credentials", "scope": "stock"}
    warehouse = httpx.BasicAuth("warehouse", SECRETS["WAREHOUSE_SECRET"])
    while not done.is_set():
        try:
            answer = await client.post("/token", data=form, auth=warehouse)
        except httpx.TransportError as error:
            score.count(type(error).__name__)
        else:
            is_token = answer.status_code == 200 and "access_token" in answer.json()
            score.count(None if is_token else f"{answer.status_code} {answer.text[:200]}")
        await asyncio.sleep(_PAUSE)
