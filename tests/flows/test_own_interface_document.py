"""docs/own-interface.md is true: its config is applied and its native app signs somebody in."""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyotp

from tests.flows.clients.installation import Installation
from tests.flows.clients.person import PASSWORD, Person
from tests.flows.own_apps import snippet
from tests.parts.server import Server


async def test_the_native_app_of_the_document_signs_somebody_in(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    config = tmp_path / "own.yaml"
    config.write_text(snippet("config"))
    installation = Installation(serve())
    installation.apply(config)
    async with Person(installation, "reader@example.jp") as person:
        await person.give_details(await person.prove_address(await person.open("/sign-in")))
        page = await person.open("/account/second-factor")
        [shown] = page.soup.select(".copy-line .id")
        seed = shown.text.replace(" ", "")
        await person.press(page, "Switch it on", code=pyotp.TOTP(seed).at(time.time()))
    (tmp_path / "native.py").write_text(snippet("native"))
    next_code = pyotp.TOTP(seed).at(time.time() + 30)  # the one before is used
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "native.py",
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "ISSUER": installation.url,
            "NAME": "reader@example.jp",
            "PASSWORD": PASSWORD,
            "CODE": next_code,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()[-3000:]
    assert said.decode().startswith("Hello, ")
    assert "山田" in said.decode()
