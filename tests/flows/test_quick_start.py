"""docs/quick-start.md is true: its file is applied, its two apps are run, and somebody signs in."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.flows.clients.installation import Installation
from tests.flows.clients.person import Person
from tests.parts import nodejs
from tests.parts.ports import find_free_port
from tests.parts.server import ROOT, Server

_PAGE = (ROOT / "docs" / "quick-start.md").read_text()
_SECRET = "made-up-secret-of-the-bookshop"
_SECONDS = 20.0


def _snippet(name: str) -> str:
    found = re.search(rf"<!-- run: {name} -->\n```\w+\n(.*?)```", _PAGE, re.DOTALL)
    assert found, f"no snippet {name!r} in the quick start"
    return found.group(1)


def _write_app(language: str, folder: Path, port: int) -> list[str]:
    """Write the app down as the page says, and give the command that runs it."""
    if language == "python":
        (folder / "bookshop.py").write_text(_snippet("python"))
        return [sys.executable, "-m", "uvicorn", "bookshop:app", "--port", str(port)]
    node = nodejs.find()
    (folder / "bookshop.mjs").write_text(_snippet("node"))
    (folder / "node_modules").symlink_to(nodejs.PACKAGES / "node_modules")
    return [node, "bookshop.mjs"]


@asynccontextmanager
async def _running(language: str, folder: Path, here: str, issuer: str) -> AsyncIterator[None]:
    command = _write_app(language, folder, int(here.rsplit(":", 1)[1]))
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "ISSUER": issuer,
            "HERE": here,
            "BOOKSHOP_SECRET": _SECRET,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        await _wait_for(process, here)
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _wait_for(process: asyncio.subprocess.Process, here: str) -> None:
    async with asyncio.timeout(_SECONDS), httpx.AsyncClient(trust_env=False) as http:
        while process.returncode is None:
            try:
                await http.get(here)
            except httpx.ConnectError:
                await asyncio.sleep(0.05)
            else:
                return
    assert process.stdout
    raise AssertionError((await process.stdout.read()).decode()[-3000:])


@pytest.mark.parametrize("language", ["python", "node"])
async def test_the_app_of_the_quick_start_signs_somebody_in(
    serve: Callable[..., Server], tmp_path: Path, language: str
) -> None:
    here = f"http://localhost:{find_free_port()}"
    config = tmp_path / "bookshop.yaml"
    config.write_text(_snippet("config").replace("http://localhost:9000", here))
    installation = Installation(serve(env={"BOOKSHOP_SECRET": _SECRET}))
    installation.apply(config)
    async with (
        _running(language, tmp_path, here, installation.url),
        Person(installation, "reader@example.jp") as person,
    ):
        page = await person.prove_address(await person.browser.open(f"{here}/sign-in"))
        page = await person.press(await person.give_details(page), "Allow")
        assert (page.status, page.url) == (200, f"{here}/")
        assert re.fullmatch(r"Hello, .*山田.*\.", page.body)

        page = await person.browser.open(f"{here}/callback?error=access_denied&state=made-up")
        assert page.status == 400
