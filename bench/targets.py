"""What is measured: servers in processes of their own, on one core; the load runs on the other."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from bench.wire import Connection
from tests.parts.plain_browser import PlainBrowser
from tests.parts.ports import find_free_port

ROOT: Final = Path(__file__).parents[1]
SERVER_CORE: Final = 0
LOAD_CORE: Final = 1
SECRET: Final = "bench-secret-that-is-long-enough"
PASSWORD: Final = "correct horse battery bench"
REDIRECT: Final = "http://127.0.0.1:1/callback"

_CONFIG: Final = f"""
clients:
  - client_id: bench
    client_name: Bench
    client_secret: ${{env:BENCH_SECRET}}
    token_endpoint_auth_method: client_secret_post
    redirect_uris: ["{REDIRECT}"]
    grant_types: [authorization_code, refresh_token, client_credentials]
    scope: openid offline_access api
    id_token_signed_response_alg: ES256
    refresh_rotation: always
    first_party: true
policies:
  limits: {{address_failures: 1000000, mails_address_hour: 1000000, journeys_address_hour: 1000000}}
  challenges: {{proof_of_work: "off"}}
"""


@dataclass
class Target:
    """A running server: where its endpoints are, and what it costs."""

    name: str
    base_url: str
    process: subprocess.Popen[bytes]
    authorize: str
    token: str
    introspect: str
    jwks: str
    cookies: dict[str, str] = field(default_factory=dict)
    started_in: float = 0.0

    def processes(self) -> list[psutil.Process]:
        """List the server's processes."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """Give the processor time spent so far, user and system."""
        times = [one.cpu_times() for one in self.processes()]
        return sum(one.user + one.system for one in times)

    def memory(self) -> int:
        """Give the proportional set size of the server's processes, in bytes."""
        return sum(one.memory_full_info().pss for one in self.processes())

    def worker_memory(self) -> list[int]:
        """Give the proportional set size of each worker, which are forked for the parent."""
        workers = [one for one in self.processes()[1:] if one.ppid() != self.process.pid]
        return [one.memory_full_info().pss for one in workers]

    def stop(self) -> None:
        """End the server."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()


async def start_ciam(
    name: str, folder: Path, database_url: str | None, *, workers: int = 1
) -> Target:
    """Start `ciam serve` with one client and one customer who is signed in."""
    port = find_free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "CIAM_HOME": str(folder / name),
        "CIAM_ISSUER": url,
        "CIAM_PORT": str(port),
        "CIAM_LOG_LEVEL": "warning",
        "CIAM_HASH_THREADS": "1",
        "BENCH_SECRET": SECRET,
    }
    if database_url is not None:
        environment["CIAM_DATABASE_URL"] = database_url
    config = folder / f"{name}.yaml"
    config.write_text(_CONFIG)
    _ciam(environment, "config", "apply", str(config))
    _ciam(
        environment,
        *("customers", "create", "--email", "bench@example.com", "--reason", "bench"),
        *("--verified", "--password-stdin"),
        text=PASSWORD + "\n",
    )
    command = [sys.executable, "-m", "ciam", "serve", "--host", "127.0.0.1"]
    command += ["--workers", str(workers)]
    target = await _start(name, url, command, environment, "/readyz")
    target.authorize, target.token = "/authorize", "/token"
    target.introspect, target.jwks = "/introspect", "/jwks.json"
    async with PlainBrowser() as browser:
        page = await browser.navigate("GET", f"{url}/sign-in")
        await page.submit("Sign in", {"identifier": "bench@example.com", "password": PASSWORD})
        target.cookies = {cookie.name: cookie.value for cookie in browser.cookies.all()}
    return target


async def start_peer(name: str, database_url: str | None) -> Target:
    """Start oidc-provider, in memory or on PostgreSQL, with a session."""
    port = find_free_port()
    url = f"http://127.0.0.1:{port}"
    command = ["node", str(ROOT / "bench/peer/provider.mjs"), str(port)]
    if database_url is not None:
        command.append(database_url.replace("postgresql+asyncpg", "postgresql"))
    target = await _start(name, url, command, {"PATH": os.environ["PATH"]}, "/jwks")
    target.authorize, target.token = "/auth", "/token"
    target.introspect, target.jwks = "/token/introspection", "/jwks"
    return target


async def _start(
    name: str, url: str, command: list[str], environment: dict[str, str], probe: str
) -> Target:
    began = time.monotonic()
    process = subprocess.Popen(
        ["taskset", "-c", str(SERVER_CORE), *command],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    target = Target(name, url, process, "", "", "", "")
    while True:
        connection = Connection(url)
        try:
            if (await connection.get(probe)).status == 200:
                target.started_in = time.monotonic() - began
                return target
        except OSError:
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended with {process.returncode}") from None
        finally:
            connection.close()
        await asyncio.sleep(0.02)


def _ciam(environment: dict[str, str], *arguments: str, text: str = "") -> None:
    subprocess.run(
        [sys.executable, "-m", "ciam", *arguments],
        env=environment,
        input=text.encode(),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def new_verifier() -> str:
    """Make a PKCE verifier."""
    return secrets.token_urlsafe(32)
