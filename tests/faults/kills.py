"""Kill a server at random moments under load, start it again, and ask what became of each write.

What was acknowledged must be there; what was not must be there as a whole or not at all. SIGKILL
does not test a power cut: whether commits are synced is a test of its own.
"""

import contextlib
import importlib
import os
import pkgutil
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

import httpx

import tests.faults
from tests.parts.server import Server
from tests.scoreboard import Score

_LOAD_SECONDS = (0.05, 0.8)
_CLIENTS = 4


@dataclass
class Journal:
    """What the clients of one trial did: `tried` before each write, `acked` after its answer."""

    tried: list[str] = field(default_factory=list)
    acked: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is killed, with what it is loaded, and how the outcome is judged."""

    server: Server
    write: Callable[[httpx.Client, str], bool]
    """Make the one write known by this name; True when the server acknowledged it."""
    check: Callable[[Journal], list[str]]
    """After the restart: a sentence for each write that was lost or half applied."""


class Kill(Protocol):
    """One module `tests/faults/kill_<name>.py` with these names."""

    ID: str
    STATEMENT: str
    TWIN: str

    def open(self, database_url: str, twin: str | None) -> AbstractContextManager[Plan]:
        """Start the server and give the plan."""
        ...


def find_kills() -> dict[str, Kill]:
    """Find every plan by its module's name."""
    names = sorted(module.name for module in pkgutil.iter_modules(tests.faults.__path__))
    return {
        name.removeprefix("kill_"): importlib.import_module(f"tests.faults.{name}")
        for name in names
        if name.startswith("kill_")
    }


def run(kill: Kill, database_url: str, *, kills: int, seed: int) -> Score:
    """Run a plan against the real code."""
    score = Score(kill.ID, kill.STATEMENT, seed)
    with kill.open(database_url, None) as plan:
        kill_often(plan, score, kills)
    return score


def hunt_twin(kill: Kill, database_url: str, *, kills: int, seed: int) -> str | None:
    """Run the same plan against its twin until it is caught; say when, or None."""
    score = Score(kill.ID, kill.STATEMENT, seed)
    with kill.open(database_url, kill.TWIN) as plan:
        kill_often(plan, score, kills, until_caught=True)
    return f"caught at kill {score.n}: {kill.TWIN}" if score.failures else None


def kill_often(plan: Plan, score: Score, kills: int, *, until_caught: bool = False) -> None:
    """Kill, restart and check `kills` times; each kill is one trial of the score."""
    luck = random.Random(score.seed)
    for _ in range(kills):
        journal = Journal()
        victim = _kill_under_load(plan, journal, luck)
        lost = plan.check(journal)
        score.count(
            f"{victim} killed, {len(journal.acked)} acked: {'; '.join(lost)}" if lost else None
        )
        score.acked += len(journal.acked)
        if until_caught and lost:
            return


def _kill_under_load(plan: Plan, journal: Journal, luck: random.Random) -> str:
    stop = threading.Event()
    prefix = f"{luck.getrandbits(64):x}"
    clients = [
        threading.Thread(target=_load, args=(plan, journal, stop, f"{prefix}-{number}"))
        for number in range(_CLIENTS)
    ]
    for client in clients:
        client.start()
    time.sleep(luck.uniform(*_LOAD_SECONDS))
    try:
        return _kill(plan.server, luck)
    finally:
        stop.set()
        for client in clients:
            client.join()


def _load(plan: Plan, journal: Journal, stop: threading.Event, prefix: str) -> None:
    number = 0
    # So long that no request outlives its client: what is looked for afterwards stands still.
    with httpx.Client(base_url=plan.server.url, timeout=60, trust_env=False) as client:
        while not stop.is_set():
            number += 1
            name = f"{prefix}-{number}"
            journal.tried.append(name)
            try:
                if plan.write(client, name):
                    journal.acked.append(name)
            except httpx.HTTPError:
                time.sleep(0.01)  # the server is down; no acknowledgement, so no promise


def _kill(server: Server, luck: random.Random) -> str:
    """Kill a worker, the parent or all at once, and bring the node back."""
    workers = server.worker_pids()
    victim = luck.choice(["worker", "parent", "node"] if workers != [server.pid] else ["node"])
    if victim == "worker":
        with contextlib.suppress(ProcessLookupError):
            os.kill(luck.choice(workers), signal.SIGKILL)
        server.wait_until_ready()
        return victim
    if victim == "parent":
        os.kill(server.pid, signal.SIGKILL)
        time.sleep(luck.uniform(0, 0.3))  # then whoever supervises the node clears the rest
    server.kill()
    server.start()
    return victim
