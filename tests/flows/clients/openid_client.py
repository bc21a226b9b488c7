"""npm openid-client in a process of its own: `tests/parts/node/relying_party.mjs`."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.parts.required import missing
from tests.parts.server import ROOT

_FOLDER = ROOT / "tests" / "parts" / "node"
_SECONDS = 60.0


@dataclass
class OpenidClient:
    """The process, and what it says line by line."""

    process: asyncio.subprocess.Process

    async def tell(self, document: dict[str, Any]) -> dict[str, Any]:
        """Send one document and give the answer; what the library complained of fails the test."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(document).encode() + b"\n")
        await self.process.stdin.drain()
        line = await asyncio.wait_for(self.process.stdout.readline(), _SECONDS)
        if not line:
            assert self.process.stderr
            raise AssertionError((await self.process.stderr.read()).decode()[-3000:])
        return dict(json.loads(line))


def find_node() -> str:
    """Give the path of Node; skip without it or without its packages."""
    wheel = ROOT / ".venv" / "bin" / "node"
    node = shutil.which("node") or (str(wheel) if wheel.exists() else None)
    if node is None:
        missing("node", "no Node here: install Node 20 or newer")
    if not (_FOLDER / "node_modules" / "openid-client").is_dir():
        missing("node", f"npm ci was not run in {_FOLDER.relative_to(ROOT)}")
    return node


@asynccontextmanager
async def openid_client() -> AsyncIterator[OpenidClient]:
    """Start the relying party; it ends with the test."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(Path.home())}
    process = await asyncio.create_subprocess_exec(
        find_node(),
        str(_FOLDER / "relying_party.mjs"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        yield OpenidClient(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
