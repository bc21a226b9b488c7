"""R-10: the database gets slow, then hangs: deadlines are kept, and it comes back by itself."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx

from tests.factories.live_node import LiveNode, live_node
from tests.parts import switchboard
from tests.parts.switchboard import Switchboard
from tests.scoreboard import Score

ID = "R-10"
STATEMENT = "answers of 50 and 200 ms, then none: 6 s at the most, alive, not ready, back"
TWIN = "waits_for_ever"
DATABASES = ("postgresql",)
SHOWN, SHORT = 400, 12
DEADLINE, BUSY = 6.0, 1.0
_CLIENTS = 4


def run(database_url: str, *, n: int, seed: int, twin: str | None = None) -> Score:
    """Ask `n` times while it hangs, some at once, and as often while it is slow."""
    score, there = Score(ID, STATEMENT, seed), urlsplit(database_url)
    assert there.hostname is not None
    assert there.port is not None
    slowest = 0.0
    with switchboard.before(there.hostname, there.port) as board:
        url = database_url.replace(f":{there.port}/", f":{board.port}/")
        with live_node(url, workers=1, twin=twin) as node:
            for delay in (0.05, 0.2):
                board.delay = delay
                for taken, status in _ask(node, n // 4):
                    slow = status not in {303, 503} or taken > DEADLINE + BUSY
                    score.count(f"{delay} s: {status} after {taken:.1f} s" if slow else None)
            board.delay = 0.0
            board.hang()
            for taken, status in _ask(node, _CLIENTS if twin else n):  # each waits for a twin
                slowest = max(slowest, taken)
                slow = status != 503 or taken > DEADLINE + BUSY
                score.count(f"{status} after {taken:.1f} s while it hangs" if slow else None)
            if twin:  # whose other pages wait as well
                return score
            score.count(_look(node))
            board.mend()
            score.count(_wait(node, board))
    score.statement += f" (longest {slowest:.1f} s)"
    return score


def _ask(node: LiveNode, times: int) -> list[tuple[float, int]]:
    """Begin sign-ins, some at once; gives how long each took and what was answered."""

    def ask(_number: int) -> tuple[float, int]:
        began = time.monotonic()
        with httpx.Client(base_url=node.base, trust_env=False, timeout=20) as http:
            try:
                status = http.get("/sign-in").status_code
            except httpx.TimeoutException:
                status = 0
        return time.monotonic() - began, status

    with ThreadPoolExecutor(_CLIENTS) as pool:
        return list(pool.map(ask, range(times)))


def _look(node: LiveNode) -> str | None:
    with httpx.Client(base_url=node.base, trust_env=False, timeout=20) as http:
        alive, ready = http.get("/livez").status_code, http.get("/readyz").status_code
    return None if (alive, ready) == (200, 503) else f"/livez {alive}, /readyz {ready}"


def _wait(node: LiveNode, board: Switchboard) -> str | None:
    began = time.monotonic()
    with httpx.Client(base_url=node.base, trust_env=False, timeout=20) as http:
        while time.monotonic() - began < 30:
            if http.get("/sign-in").status_code == 303 and http.get("/readyz").is_success:
                return None
            time.sleep(0.1)
    return f"it did not come back ({board.mode})"
