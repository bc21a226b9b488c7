"""Two nodes with one home and one database, behind the shipped nginx, which takes them in turn."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.flows.clients.installation import Installation, start
from tests.parts import nginx, redis
from tests.parts.ports import find_free_port
from tests.parts.server import Server


@dataclass(frozen=True)
class Cluster:
    """The nodes and the proxy before them."""

    proxy: nginx.Nginx
    nodes: list[Server]

    @property
    def installation(self) -> Installation:
        """What a person sees of it."""
        return Installation(self.nodes[0])


@contextmanager
def open_cluster(folder: Path, database_url: str, *, twin: str | None = None) -> Iterator[Cluster]:
    """Run two nodes with the example configuration behind nginx."""
    nginx.find_nginx()
    port = find_free_port()
    env = {
        "CIAM_DATABASE_URL": database_url,
        "CIAM_ISSUER": f"http://localhost:{port}",
        "CIAM_DRAIN": "5",
        "CIAM_TRUSTED_PROXIES": "127.0.0.1",
        **_redis(),
    }
    with ExitStack() as stack:
        nodes = [Server(home=folder / "home", env=env, twin=twin) for _ in range(2)]
        for node in nodes:
            stack.callback(node.kill)
        start(nodes[0])
        nodes[1].start()
        ports = [node.port for node in nodes]
        yield Cluster(stack.enter_context(nginx.running(folder / "nginx", port, ports)), nodes)


def _redis() -> dict[str, str]:
    """Share a Redis where there is one: it is optional, as in production."""
    if shutil.which("redis-server") or os.environ.get("CIAM_TEST_REDIS_URL"):
        return {"CIAM_REDIS_URL": redis.url()}
    return {}
