"""D-02: every symmetric key, the master key too, rotates under load on two nodes."""

from __future__ import annotations

import itertools
import threading
import time
from typing import TYPE_CHECKING
from unittest import mock

import httpx

import ciam.keys.server
from ciam.audit.reconcile import find_orphans
from ciam.keys.rotation import list_key_versions
from ciam.keys.server import load_server_keys, rotate_server_key
from ciam.sealing import SERVER_KEY_USES
from tests.factories.live_node import live_node
from tests.faults.kill_acknowledged_writes import register_apps
from tests.faults.writes import Stock
from tests.races.twins.quick_keys import SOON
from tests.scoreboard import Score

if TYPE_CHECKING:
    from tests.factories.live_node import LiveNode

ID = "D-02"
STATEMENT = "every key rotates under load on 2 nodes: no write fails, nothing stays behind"
TWIN = "seals_at_once"
DATABASES = ("postgresql",)
SHOWN, SHORT = 5_000, 60
USES = (*SERVER_KEY_USES, "master")
_CLIENTS = 3
_PATIENCE = 90.0


def run(database_url: str, *, n: int, seed: int, twin: str | None = None) -> Score:
    """Make `n` writes at least, and go on until nothing lies under an older key."""
    score = Score(ID, STATEMENT, seed)
    name = f"quick_keys,{twin}" if twin else "quick_keys"
    with (
        mock.patch.object(ciam.keys.server, "KNOWN_AFTER", SOON),
        live_node(database_url, nodes=2, workers=1, masters=2, twin=name) as node,
    ):
        register_apps(node)
        world, stock = node.run(node.world()), Stock()
        turn, began, has_rotated, left = itertools.cycle(node.bases), time.monotonic(), False, -1
        while score.n < n or left != 0:
            node.run(stock.fill(node, world))
            acked = _load(stock, score, turn)
            broken = node.run(_check(node, stock, acked))
            if broken:
                score.count("; ".join(broken[:3]))
            if twin and score.failures:
                break
            if not has_rotated:
                node.run(_rotate(node))
                has_rotated, began = True, time.monotonic()
            left = node.run(_count_left(node))
            if left and time.monotonic() - began > _PATIENCE:
                score.count(f"{left} rows still lie under an older key")
                break
    return score


def _load(stock: Stock, score: Score, turn: itertools.cycle[str]) -> set[str]:
    """Make every write of the stock on both nodes; gives those that were acknowledged."""
    acked: set[str] = set()
    lock = threading.Lock()

    def work(prefix: str) -> None:
        statuses: list[int] = []
        with httpx.Client(trust_env=False, timeout=30) as http:
            http.event_hooks["response"] = [lambda got: statuses.append(got.status_code)]
            for number in itertools.count():
                taken = stock.take(f"{prefix}-{number}")
                if taken is None:
                    return
                kind, item = taken
                http.base_url = httpx.URL(next(turn))
                http.cookies.clear()
                statuses.clear()
                item.reply = kind.make(http, item)
                with lock:
                    said = f"{type(kind).__name__} failed: {statuses}"
                    score.count(None if item.reply else said)
                    if item.reply:
                        acked.add(f"{prefix}-{number}")

    threads = [threading.Thread(target=work, args=(str(one),)) for one in range(_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    score.acked += len(acked)
    return acked


async def _rotate(node: LiveNode) -> None:
    async with node.database.write() as transaction:
        for use in USES:
            await rotate_server_key(transaction, use)


async def _check(node: LiveNode, stock: Stock, acked: set[str]) -> list[str]:
    await load_server_keys(node.database)
    async with node.database.read() as transaction:
        broken = await stock.find_broken(transaction, acked)
    return broken + await find_orphans(node.database)


async def _count_left(node: LiveNode) -> int:
    """Count what the nodes have yet to move; -1 before the newer keys seal."""
    await load_server_keys(node.database)
    async with node.database.read() as transaction:
        versions = await list_key_versions(transaction)
    old = [one for one in versions if one.state == "opens"]
    return sum(one.rows for one in old) if len(old) == len(USES) else -1
