"""R-12: the disk of the embedded database is full, and then it is not.

On a file system of its own, 24 MB of memory, where one may be mounted; else the size of files is
limited while the server runs, which SQLite meets in the same call.
"""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import httpx
import psutil

from ciam.audit.reconcile import find_orphans
from tests.factories.live_node import live_node
from tests.faults.kill_acknowledged_writes import register_apps
from tests.faults.writes import Stock
from tests.scoreboard import Score

if TYPE_CHECKING:
    from tests.factories.live_node import LiveNode

ID = "R-12"
STATEMENT = "a full disk: no acked write lost, 503 alone, reads go on, back without a restart"
TWIN = "ignores_failed_commits"
DATABASES = ("sqlite",)
SHOWN, SHORT = 30, 1
BACK_SECONDS = 10.0
_SIZE = "24m"
_READS = ("/jwks.json", "/.well-known/openid-configuration")


class Disk(Protocol):
    """Something that can be filled and freed."""

    how: str

    def fill(self, node: LiveNode) -> None:
        """Leave no room."""

    def free(self, node: LiveNode) -> None:
        """Make room again."""


class _Mounted:
    how = "tmpfs"

    def __init__(self, folder: Path) -> None:
        self.ballast = folder / "ballast"

    def fill(self, _node: LiveNode) -> None:
        with self.ballast.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                while True:
                    try:
                        file.write(b"\0" * size)
                    except OSError:
                        break

    def free(self, _node: LiveNode) -> None:
        self.ballast.unlink()


class _Limited:
    how = "limit of file sizes"

    def fill(self, node: LiveNode) -> None:
        self._set(node, 0)

    def free(self, node: LiveNode) -> None:
        self._set(node, resource.RLIM_INFINITY)

    def _set(self, node: LiveNode, size: int) -> None:
        for pid in [node.server.pid, *node.server.worker_pids()]:
            process = psutil.Process(pid)
            process.rlimit(resource.RLIMIT_FSIZE, (size, process.rlimit(resource.RLIMIT_FSIZE)[1]))


@contextmanager
def _small_disk() -> Iterator[tuple[Path, Disk]]:
    with tempfile.TemporaryDirectory() as folder:
        mount, path = shutil.which("mount"), Path(folder)
        command = [mount or "", "-t", "tmpfs", "-o", f"size={_SIZE}", "ciam-test", folder]
        is_mounted = (
            mount is not None
            and os.geteuid() == 0
            and subprocess.run(command, capture_output=True, check=False).returncode == 0
        )
        try:
            yield path, _Mounted(path) if is_mounted else _Limited()
        finally:
            if is_mounted:
                subprocess.run(["umount", "-l", folder], check=True)


def run(database_url: str, *, n: int, seed: int, twin: str | None = None) -> Score:
    """Fill the disk `n` times under load."""
    score, slowest, reads = Score(ID, STATEMENT, seed), 0.0, [0, 0]
    with _small_disk() as (folder, disk):
        path = folder / "ciam.db"
        shutil.copyfile(database_url.removeprefix("sqlite:///"), path)
        with live_node(f"sqlite:///{path}", workers=1, twin=twin) as node:
            register_apps(node)
            world, stock = node.run(node.world()), Stock()
            for _ in range(n):
                node.run(stock.fill(node, world))
                trial = _Trial(node, stock, disk)
                back = trial.make()
                reads = [reads[0] + trial.read, reads[1] + trial.unread]
                slowest = max(slowest, back)
                broken = trial.wrong + node.run(_check(node, stock, trial.acked))
                if back > BACK_SECONDS:
                    broken.append(f"back after {back:.1f} s")
                score.acked += len(trial.acked)
                score.count("; ".join(broken[:4]) or None)
                if twin and score.failures:
                    break
        score.count(_damage(path))
    good = 100 * reads[0] / max(1, sum(reads))
    score.statement += f" ({disk.how}; {good:.1f} % of reads, back within {slowest:.1f} s)"
    if good < 99:
        score.count(f"only {good:.1f} % of {sum(reads)} reads were answered")
    return score


class _Trial:
    def __init__(self, node: LiveNode, stock: Stock, disk: Disk) -> None:
        self.node, self.stock, self.disk = node, stock, disk
        self.acked: set[str] = set()
        self.wrong: list[str] = []
        self.read = self.unread = 0
        self._stop = threading.Event()

    def make(self) -> float:
        """Fill while clients write, free; gives how long a sign-in could not begin after that."""
        threads = [threading.Thread(target=self._write, args=(str(one),)) for one in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        self.disk.fill(self.node)
        with httpx.Client(base_url=self.node.base, trust_env=False, timeout=20) as http:
            for _ in range(20):
                self._look(http)
                self._judge(http.get("/sign-in"))
            self.disk.free(self.node)
            began = time.monotonic()
            while http.get("/sign-in").status_code != 303:
                if time.monotonic() - began > 2 * BACK_SECONDS:
                    break
                time.sleep(0.05)
            back = time.monotonic() - began
        self._stop.set()
        for thread in threads:
            thread.join()
        return back

    def _look(self, http: httpx.Client) -> None:
        host = {"Host": self.node.server.url.removeprefix("http://")}
        for path in _READS:
            if http.get(path, headers=host).status_code == 200:
                self.read += 1
            else:
                self.unread += 1

    def _write(self, prefix: str) -> None:
        with httpx.Client(base_url=self.node.base, trust_env=False, timeout=20) as http:
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
                item.reply = kind.make(http, item)
                if item.reply:
                    self.acked.add(name)

    def _judge(self, answer: httpx.Response) -> None:
        if answer.status_code >= 500 and answer.status_code != 503:
            self.wrong.append(f"{answer.request.url.path} was answered with {answer.status_code}")


async def _check(node: LiveNode, stock: Stock, acked: set[str]) -> list[str]:
    async with node.database.read() as transaction:
        broken = await stock.find_broken(transaction, acked)
    return broken + await find_orphans(node.database)


def _damage(path: Path) -> str | None:
    with sqlite3.connect(path) as database:
        (said,) = database.execute("PRAGMA integrity_check").fetchone()
    return None if said == "ok" else f"the file is damaged: {said}"
