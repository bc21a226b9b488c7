"""Redis or Valkey for tests: from the environment or the system."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.parts import run_folder
from tests.parts.ports import find_free_port, wait_until_listening
from tests.parts.required import missing


def url() -> str:
    """Return `redis://...` of a server that may be flushed; skip without one."""
    given = os.environ.get("CIAM_TEST_REDIS_URL")
    if given:
        return given
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is None:
        missing("redis", "no Redis here: apt-get install redis-server, or set CIAM_TEST_REDIS_URL")
    found: str = run_folder.share("redis", lambda folder: _start(binary, folder))["url"]
    return found


def _start(binary: str, folder: Path) -> dict[str, Any]:
    port = find_free_port()
    # The folder in the title is how the run knows its own process again.
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "no", "--logfile", str(folder / "log")]
    command += ["--proc-title-template", f"{{title}} {{listen-addr}} {folder}"]
    server = subprocess.Popen(command, start_new_session=True)
    if not wait_until_listening(port, 10):
        raise RuntimeError("Redis did not start")
    pid, server.returncode = server.pid, 0  # stopped by the run, not by this process
    version = subprocess.run([binary, "--version"], check=True, capture_output=True, text=True)
    return {"url": f"redis://127.0.0.1:{port}/0", "pid": pid, "version": version.stdout.strip()}
