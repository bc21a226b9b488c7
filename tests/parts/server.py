"""A real `ciam serve` in processes of its own, on a free port, with its own home."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx
import psutil

from tests.parts.forked import Forked, become_ciam
from tests.parts.ports import find_free_port, is_free

ROOT = Path(__file__).parents[2]
_READY_SECONDS = 90.0
_GONE_SECONDS = 20.0


class ServerFailed(Exception):
    """The server ended, or was not ready in time; carries the end of its log."""


@dataclass
class Server:
    """How to start one node, and the node once it runs; start it again after a kill."""

    home: Path
    workers: int = 1
    env: dict[str, str] = field(default_factory=dict)
    twin: str | None = None
    command: list[str] | None = None  # another server than `ciam serve`, for tests of the harness
    fresh: bool = False  # an interpreter of its own; others are forked with the code already read
    port: int = field(default_factory=find_free_port)
    _process: subprocess.Popen[bytes] | Forked | None = None

    @property
    def url(self) -> str:
        """The issuer, which is also the base URL."""
        return self.env.get("CIAM_ISSUER", f"http://localhost:{self.port}")

    @property
    def log(self) -> str:
        """All that the node wrote to its log so far, over every start."""
        path = self.home.with_suffix(".log")
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def pid(self) -> int:
        """The parent process of the node."""
        if self._process is None:
            raise ServerFailed("not started")
        return self._process.pid

    def start(self) -> Self:
        """Start and wait until `/readyz` answers 200."""
        self._launch()
        self.wait_until_ready()
        if self.twin and f"twin {self.twin} is in place" not in self.log:
            self.kill()
            raise ServerFailed(f"the twin {self.twin} did not take its place")
        return self

    def _launch(self) -> None:
        """Start, and wait for nothing."""
        folder, log = self.home.parent, self.home.with_suffix(".log")
        folder.mkdir(parents=True, exist_ok=True)
        if self.command or self.fresh or any(_is_read_at_import(name) for name in self.env):
            with log.open("ab") as output:
                self._process = subprocess.Popen(
                    self._command(),
                    env=self._environment(),
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            return
        environment = self._environment()
        self._process = Forked(become_ciam, self._arguments(), environment, folder, log, self.twin)

    def stop(self, seconds: float = 20) -> int | None:
        """Ask the node to end (SIGTERM), kill what is left; return the exit code."""
        if self._process is None:
            return None
        self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        code = self._process.poll()
        self.kill()
        return code

    def kill(self) -> None:
        """Kill every process of the node at once, as a power cut of the container would."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        # Until the last thread of all is gone, the socket that they share takes connections.
        deadline = time.monotonic() + _GONE_SECONDS
        while not is_free(self.port) and time.monotonic() < deadline:
            time.sleep(0.005)
        self._process = None

    def worker_pids(self) -> list[int]:
        """List the processes that answer requests: the parent itself, or what was forked for it."""
        with contextlib.suppress(psutil.NoSuchProcess):
            children = psutil.Process(self.pid).children(recursive=True)
            forked = [child.pid for child in children if child.ppid() != self.pid]
            return forked or [self.pid]
        return []

    def is_running(self) -> bool:
        """Tell whether the parent still lives."""
        return self._process is not None and self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Wait until `/readyz` answers 200; raise ServerFailed with the end of the log."""
        deadline = time.monotonic() + _READY_SECONDS
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=2) as client:
            while self.is_running() and time.monotonic() < deadline:
                with contextlib.suppress(httpx.HTTPError):
                    if client.get("/readyz").is_success:
                        return
                time.sleep(0.03)
        state = "was not ready in time" if self.is_running() else "ended"
        end = self.log[-3000:]
        self.kill()
        raise ServerFailed(f"the server {state}:\n{end}")

    def _command(self) -> list[str]:
        if self.command:
            return [sys.executable, *self.command, "--port", str(self.port)]
        if self.twin:
            twin = ["-m", "tests.races.serve_twin", self.twin]
            return [sys.executable, *twin, *self._arguments()[1:]]
        return [sys.executable, "-m", "ciam", *self._arguments()]

    def _arguments(self) -> list[str]:
        here = ["--host", "127.0.0.1", "--port", str(self.port)]
        return ["serve", *here, "--workers", str(self.workers)]

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        own = {
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "CIAM_HOME": str(self.home),
            "CIAM_PORT": str(self.port),
        }
        return kept | own | self.env


def _is_read_at_import(name: str) -> bool:
    """Whether a variable would come too late for code that was read before: it is a library's."""
    return name == "CIAM_METRICS_PORT" or not name.startswith("CIAM_")
