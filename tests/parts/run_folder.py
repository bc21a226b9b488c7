"""What one run of pytest shares over its processes: a folder, locks, servers started once.

The first process that needs a shared server starts it under a file lock; the process that began
the run stops all at the end. A watcher stops them too if that process is killed.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

_VARIABLE = "CIAM_TEST_RUN_FOLDER"
_WATCHER = """
import os, sys, time
sys.path.insert(0, sys.argv[3])
from tests.parts.run_folder import remove
while os.path.isdir(sys.argv[2]) and os.path.isdir(f"/proc/{sys.argv[1]}"):
    time.sleep(1)
remove(sys.argv[2])
"""


def begin() -> Path:
    """Make the folder of this run and name it to the processes that follow."""
    folder = Path(tempfile.mkdtemp(prefix="ciam-tests-"))
    folder.chmod(0o755)
    os.environ[_VARIABLE] = str(folder)
    if sys.platform == "linux":
        root = str(Path(__file__).parents[2])
        subprocess.Popen(
            [sys.executable, "-c", _WATCHER, str(os.getpid()), str(folder), root],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ).returncode = 0  # not waited for: it outlives us on purpose
    return folder


def current() -> Path:
    """Give the folder of this run."""
    return Path(os.environ[_VARIABLE])


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold a lock that all processes of this run know by name."""
    with (current() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def share(name: str, make: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """Return what `make` returned to the first process that asked; `pid` in it is stopped later."""
    fact = current() / f"{name}.json"
    with locked(name):
        if not fact.exists():
            folder = current() / name
            folder.mkdir()
            fact.write_text(json.dumps(make(folder)))
    result: dict[str, Any] = json.loads(fact.read_text())
    return result


def facts() -> dict[str, dict[str, Any]]:
    """Give all that was shared so far, by name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(current().glob("*.json"))}


def remove(folder: str | Path) -> None:
    """Stop every shared server of a run and delete its folder."""
    for path in Path(folder).glob("*.json"):
        pid = json.loads(path.read_text()).get("pid")
        if pid is not None:
            _stop(pid, folder)
    shutil.rmtree(folder, ignore_errors=True)


def _stop(pid: int, folder: str | Path) -> None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if str(folder) not in " ".join(process.cmdline()):
            return  # the number was given to somebody else meanwhile
        process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown; Redis stops as well
        for _ in range(50):
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                return
            time.sleep(0.1)
        process.kill()
