"""nginx with the files of `deploy/nginx`, on loopback, before nodes of the test's own."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.parts.ports import wait_until_listening
from tests.parts.required import missing
from tests.parts.server import ROOT

SHIPPED = ROOT / "deploy" / "nginx"
_BACK_SECONDS = 20

_MAIN = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/ciam-upstream.conf;
    log_format ciam '$request_method $uri $status $upstream_addr';
    server {{
        listen 127.0.0.1:{port};
        access_log {folder}/access.log ciam;
        include {shipped}/ciam-proxy.conf;
    }}
}}
"""


@dataclass(frozen=True)
class Nginx:
    """A running nginx."""

    folder: Path
    port: int
    command: list[str]

    @property
    def url(self) -> str:
        """What browsers know: the issuer of the nodes behind."""
        return f"http://localhost:{self.port}"

    def lines(self) -> list[list[str]]:
        """Give method, path, status and node (or nodes) of each answer so far."""
        return [
            line.split(" ", 3) for line in (self.folder / "access.log").read_text().splitlines()
        ]


def find_nginx() -> str:
    """Give the program, or skip with what to install."""
    found = os.environ.get("CIAM_TEST_NGINX") or shutil.which("nginx")
    found = found or shutil.which("nginx", path="/usr/sbin")  # which no path of a user names
    return found or missing(
        "nginx", "no nginx: apt-get install nginx-light, or set CIAM_TEST_NGINX"
    )


@contextmanager
def running(folder: Path, port: int, nodes: Sequence[int]) -> Iterator[Nginx]:
    """Run nginx before nodes, one worker, so that it takes them strictly in turn."""
    program = find_nginx()
    folder.mkdir()
    main = folder / "nginx.conf"
    main.write_text(_MAIN.format(folder=folder, port=port, shipped=SHIPPED))
    servers = "".join(f"server 127.0.0.1:{node} max_fails=1 fail_timeout=2s;" for node in nodes)
    (folder / "ciam-upstream.conf").write_text(f"upstream ciam {{ {servers} }}\n")
    command = [program, "-p", str(folder), "-c", str(main), "-e", str(folder / "error.log")]
    with _started(command):
        assert wait_until_listening(port, 10), (folder / "error.log").read_text()
        yield Nginx(folder, port, command)


@contextmanager
def following(proxy: Nginx, nodes: Sequence[int]) -> Iterator[None]:
    """Run the script that looks at /readyz beside nginx, until it has taken every node back."""
    reload = " ".join([*proxy.command, "-s", "reload"])
    upstream = proxy.folder / "ciam-upstream.conf"
    names = [f"127.0.0.1:{node}" for node in nodes]
    environment = {"PATH": "/usr/sbin:/usr/bin:/bin", "FOLLOW_EVERY": "0.2"}
    with _started([str(SHIPPED / "follow-readyz"), str(upstream), reload, *names], environment):
        yield
        deadline = time.monotonic() + _BACK_SECONDS
        while not all(f"server {name} " in upstream.read_text() for name in names):
            assert time.monotonic() < deadline, upstream.read_text()
            time.sleep(0.05)


@contextmanager
def _started(command: list[str], environment: dict[str, str] | None = None) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment)
    try:
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
