"""Processes that begin with the code already read: forked from one that did nothing else.

An interpreter that reads the code of the server takes some two seconds of the processor, and a run
of the tests starts hundreds of servers. What runs in them is the command line itself.
"""

import atexit
import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.races.serve_twin import environment_of

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.parts.preloaded"])


class Forked:
    """A process of its own session, as `subprocess.Popen` shows one."""

    def __init__(self, become: Callable[..., None], *arguments: Any) -> None:  # noqa: ANN401 - what it takes
        """Start it."""
        self._process = CONTEXT.Process(target=_begin, args=(become, *arguments))
        self._process.start()
        _running.add(self)

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Give the exit code, None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raise TimeoutExpired when it did not come in time."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("a forked process", timeout or 0)
        _running.discard(self)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


_running: set[Forked] = set()


@atexit.register
def _kill_all() -> None:
    for process in _running:
        process.send_signal(signal.SIGKILL)


def _begin(become: Callable[..., None], *arguments: Any) -> None:  # noqa: ANN401 - what it takes
    os.setsid()
    become(*arguments)


def become_ciam(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    log: Path,
    twin: str | None = None,
) -> None:
    """Become `ciam <arguments>`; a twin (or several, with commas) is put in its place first."""
    os.chdir(folder)
    _redirect(log)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["ciam", *arguments]
    if twin:
        os.environ.update(environment_of(twin))
        importlib.import_module("tests.races.twin_site.sitecustomize")
    importlib.import_module("ciam.cli").main()


def _redirect(log: Path) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(nothing, 0)
    os.dup2(written, 1)
    os.dup2(written, 2)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - open as long as the process
    sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115 - the same
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115 - the same
