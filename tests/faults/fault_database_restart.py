"""R-09: PostgreSQL is restarted the hard way, again and again, while clients write.

What was acknowledged is there, what was not is there as a whole or not at all; nobody sees another
error than 503 with Retry-After; the first write succeeds within seconds, by itself; and no
connection stays behind inside a transaction.
"""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING

import httpx

from ciam.audit.reconcile import find_orphans
from tests.factories.live_node import live_node
from tests.faults.kill_acknowledged_writes import register_apps
from tests.faults.writes import Stock
from tests.parts import databases, postgresql
from tests.scoreboard import Score

if TYPE_CHECKING:
    from tests.factories.live_node import LiveNode
    from tests.factories.token_world import TokenWorld
    from tests.parts.postgresql import OwnPostgresql

ID = "R-09"
STATEMENT = "PostgreSQL restarted under load: no acked write lost, 503 alone, back within 5 s"
TWIN = "trusts_the_cache"
DATABASES = ("postgresql",)
SHOWN, SHORT = 20, 1
BACK_SECONDS = 5.0
_CLIENTS = 4
_ACKED = 6
"""Writes that were acknowledged before a restart, at least."""


def run(_database_url: str, *, n: int, seed: int, twin: str | None = None) -> Score:
    """Restart a server of our own `n` times: others share the one of the run."""
    score, luck = Score(ID, STATEMENT, seed), random.Random(seed)
    slowest = 0.0
    with databases.own_postgresql() as server, live_node(server.url, twin=twin) as node:
        if twin:  # what is acknowledged early is not on the disk for a while
            slow = "ALTER SYSTEM SET wal_writer_delay = '10s'"
            postgresql.run_admin(_plain(server.url), slow, "SELECT pg_reload_conf()")
        register_apps(node)
        world, stock = node.run(node.world()), Stock()
        for _ in range(n * 5 if twin else n):
            node.run(stock.fill(node, world))
            trial = _Trial(node, stock, server)
            back = trial.make(luck.uniform(0, 0.1))
            broken = trial.wrong + node.run(_check(node, world, stock, trial.acked))
            broken += _find_leaks(server.url)
            if back > BACK_SECONDS:
                broken.append(f"the first write succeeded after {back:.1f} s")
            slowest = max(slowest, back)
            score.count("; ".join(broken) or None)
            score.acked += len(trial.acked)
            if twin and score.failures:
                break
    score.statement += f" (at most {slowest:.1f} s)"
    return score


class _Trial:
    def __init__(self, node: LiveNode, stock: Stock, server: OwnPostgresql) -> None:
        self.node, self.stock, self.server = node, stock, server
        self.acked: set[str] = set()
        self.wrong: list[str] = []
        self._stop = threading.Event()

    def make(self, wait: float) -> float:
        """Restart under load; gives how long after it was up the first write succeeded."""
        clients = [threading.Thread(target=self._load, args=(str(one),)) for one in range(_CLIENTS)]
        for client in clients:
            client.start()
        deadline = time.monotonic() + 20
        while len(self.acked) < _ACKED and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(wait)
        self.server.restart()
        up = time.monotonic()
        self._wait_for_a_write()
        back = time.monotonic() - up
        self._stop.set()
        for client in clients:
            client.join()
        return back

    def _wait_for_a_write(self) -> None:
        """Begin a sign-in, which writes a row, until it works; the stock may be sold out."""
        with self.node.http() as http:
            deadline = time.monotonic() + 3 * BACK_SECONDS
            while time.monotonic() < deadline:
                answer = http.get("/sign-in")
                if answer.status_code == 303:
                    return
                self._judge(answer)
                time.sleep(0.05)

    def _load(self, prefix: str) -> None:
        with httpx.Client(base_url=self.node.base, timeout=15, trust_env=False) as http:
            http.event_hooks["response"] = [self._judge]
            number = 0
            while not self._stop.is_set():
                number += 1
                name = f"{prefix}-{number}"
                taken = self.stock.take(name)
                if taken is None:
                    time.sleep(0.05)
                    continue
                kind, item = taken
                http.cookies.clear()
                try:
                    item.reply = kind.make(http, item)
                except httpx.HTTPError as error:
                    self.wrong.append(f"a request ended with {type(error).__name__}")
                    continue
                if item.reply:
                    self.acked.add(name)

    def _judge(self, answer: httpx.Response) -> None:
        if answer.status_code >= 500 and answer.status_code != 503:
            self.wrong.append(f"{answer.request.url.path} was answered with {answer.status_code}")
        if answer.status_code == 503 and "retry-after" not in answer.headers:
            self.wrong.append(f"{answer.request.url.path}: 503 without Retry-After")


async def _check(node: LiveNode, _world: TokenWorld, stock: Stock, acked: set[str]) -> list[str]:
    await node.database.engines.dispose()  # its connections are gone as well
    async with node.database.read() as transaction:
        broken = await stock.find_broken(transaction, acked)
    return broken + await find_orphans(node.database)


def _plain(database_url: str) -> str:
    return database_url.replace("+asyncpg", "")


def _find_leaks(database_url: str) -> list[str]:
    """Find connections that are inside a transaction although nobody asks for anything."""
    time.sleep(0.3)
    stuck = postgresql.run_admin(
        _plain(database_url),
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND state LIKE 'idle in transaction%' AND state_change < now() - interval '0.2 s'",
    )
    return [f"{stuck} connections are left inside a transaction"] if stuck else []
