"""R-11: Redis is killed, emptied, slow, or answers with lies: limits hold, sign-ins work.

It only tells nodes of limits that are reached already; what is counted stands in the database.
"""

from __future__ import annotations

import random
import shutil
import socketserver
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import httpx

from ciam.authentication.journey import SIGN_IN
from ciam.authentication.state import Step
from ciam.customers.passwords import PasswordHasher
from tests.factories.live_node import LiveNode, Visitor, live_node
from tests.parts import switchboard
from tests.parts.ports import find_free_port, wait_until_listening
from tests.parts.required import missing
from tests.scoreboard import Score

if TYPE_CHECKING:
    from tests.parts.switchboard import Switchboard

ID = "R-11"
STATEMENT = "Redis killed, emptied, slow, hanging, lying: no guess above a limit, sign-ins work"
TWIN = "counts_in_redis"
DATABASES = ("postgresql",)
SHOWN, SHORT = 100, 6
LIMIT, GUESSES = 5, 12
PASSWORD = "a password nobody guesses"
_LONGEST = 5.0


@dataclass
class Shared:
    """A Redis of our own behind a switchboard, and a liar that may take its place."""

    board: Switchboard
    port: int
    liar: int
    program: str
    folder: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        command = [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen(
            [*command, "--dir", self.folder, "--logfile", f"{self.folder}/log"]
        )
        assert wait_until_listening(self.port, 10)

    def kill(self) -> None:
        """Kill it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def flush(self) -> None:
        """Forget everything."""
        import redis  # noqa: PLC0415 - of this fault alone

        with redis.Redis(port=self.port) as client:
            client.flushall()

    def lie(self) -> None:
        """Answer from now on with what nobody said."""
        self.board.target = ("127.0.0.1", self.liar)
        self.board.cut()
        self.board.mend()

    def mend(self) -> None:
        """Be there again, at once and honest."""
        self.board.delay, self.board.target = 0.0, ("127.0.0.1", self.port)
        self.board.cut()
        if self.process is None or self.process.poll() is not None:
            self.start()
        self.board.mend()


FAULTS: tuple[tuple[str, Callable[[Shared], None]], ...] = (
    ("emptied", Shared.flush),
    ("killed", Shared.kill),
    ("slow", lambda shared: setattr(shared.board, "delay", 2.0)),
    ("hanging", lambda shared: shared.board.hang()),
    ("lying", Shared.lie),
    ("well", lambda _shared: None),
)


def run(database_url: str, *, n: int, seed: int, twin: str | None = None) -> Score:
    """Guess at `n` passwords, each while something else is wrong with Redis."""
    score, luck, slowest = Score(ID, STATEMENT, seed), random.Random(seed), 0.0
    with _shared() as shared:
        url = {"CIAM_REDIS_URL": f"redis://127.0.0.1:{shared.board.port}/0"}
        with live_node(
            database_url,
            nodes=2,
            workers=1,
            twin=twin,
            more=url,
            password_failures=LIMIT,
        ) as node:
            visitor, stored = node.visitor(), node.run(_hash(node))
            for number in range(n):
                name, break_it = FAULTS[number % len(FAULTS)]
                prepared = [node.run(_register(node, visitor, luck, stored)) for _ in range(2)]
                found, taken = _attack(node, visitor, prepared, partial(break_it, shared))
                slowest = max(slowest, taken)
                score.count(f"{name}: {found}" if found else None)
                shared.mend()
                if twin and score.failures:
                    break
    score.statement += f" (longest answer {slowest:.1f} s)"
    return score


def _attack(
    node: LiveNode,
    visitor: Visitor,
    prepared: list[tuple[str, str]],
    break_it: Callable[[], None],
) -> tuple[str | None, float]:
    """Guess, break Redis in the middle, guess on; then let somebody else sign in."""
    (victim, path), (other, other_path) = prepared

    def send(number: int) -> tuple[int, float]:
        base = node.bases[number % 2]
        began = time.monotonic()
        with httpx.Client(base_url=base, trust_env=False, timeout=20) as http:
            form = visitor.form(identifier=victim, password=f"wrong, number {number}")
            status = http.post(path, data=form, headers=visitor.headers).status_code
        return status, time.monotonic() - began

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(GUESSES // 2)))
        break_it()
        answers += list(pool.map(send, range(GUESSES // 2, GUESSES)))
    compared = sum(status == 422 for status, _ in answers)
    refused = sum(status == 429 for status, _ in answers)
    with node.http() as http:
        form = visitor.form(identifier=other, password=PASSWORD)
        right = http.post(other_path, data=form, headers=visitor.headers).status_code
    slowest = max(taken for _, taken in answers)
    if compared != LIMIT or compared + refused != GUESSES:
        return f"{compared} guesses were compared and {refused} refused", slowest
    if right != 303:
        return f"somebody else's right password was answered with {right}", slowest
    if slowest > _LONGEST:
        return f"an answer took {slowest:.1f} s", slowest
    return None, slowest


async def _hash(node: LiveNode) -> str:
    hasher = PasswordHasher(1)
    stored = await hasher.hash(PASSWORD, node.database.keys)
    hasher.close()
    return stored


async def _register(
    node: LiveNode, visitor: Visitor, luck: random.Random, stored: str
) -> tuple[str, str]:
    address = f"saburo.{luck.getrandbits(64):x}@example.jp"
    async with node.database.write() as transaction:
        await node.customer(transaction, address, stored)
        journey = await node.journey(transaction, visitor, SIGN_IN, Step.PASSWORD)
        return address, f"/sign-in?journey={journey.handle}"


@contextmanager
def _shared() -> Iterator[Shared]:
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        missing("redis", "no Redis here: apt-get install redis-server")
    port = find_free_port()
    with (
        tempfile.TemporaryDirectory() as folder,
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Liar) as liar,
        switchboard.before("127.0.0.1", port) as board,
    ):
        liar.daemon_threads = True
        threading.Thread(target=liar.serve_forever, daemon=True).start()
        shared = Shared(board, port, liar.server_address[1], program, folder)
        shared.start()
        try:
            yield shared
        finally:
            shared.kill()
            liar.shutdown()


class _Liar(socketserver.StreamRequestHandler):
    """Answers every look-up with 24 bytes that look like a refusal, and all else with OK."""

    def handle(self) -> None:
        """Read commands in RESP until the connection ends."""
        with suppress(OSError, ValueError):
            while line := self.rfile.readline():
                words = []
                for _ in range(int(line[1:])):
                    size = int(self.rfile.readline()[1:])
                    words.append(self.rfile.read(size + 2)[:-2].upper())
                if words[0] == b"GET":
                    until = int((time.time() + 4) * 1000).to_bytes(8, "big")
                    self.wfile.write(b"$24\r\n" + until + b"\0" * 16 + b"\r\n")
                elif words[0] == b"INCR":
                    self.wfile.write(b":1\r\n")
                else:
                    self.wfile.write(b"+OK\r\n")
