"""npm openid-client in a process of its own: `tests/parts/node/relying_party.mjs`."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.parts import nodejs

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


@asynccontextmanager
async def openid_client() -> AsyncIterator[OpenidClient]:
    """Start the relying party; it ends with the test."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(Path.home())}
    process = await asyncio.create_subprocess_exec(
        nodejs.find(),
        str(nodejs.PACKAGES / "relying_party.mjs"),
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
