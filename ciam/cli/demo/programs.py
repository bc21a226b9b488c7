"""Start one program of the demo: `python -m ciam.cli.demo.programs shop|mailbox|line PORT ...`."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from ciam.cli.demo.fake_line import build_fake_line
from ciam.cli.demo.mailbox import build_mailbox
from ciam.cli.demo.relying_party import RelyingParty
from ciam.cli.demo.shop import build_shop
from ciam.process import end_with_parent
from ciam.settings import read_variable

CLIENT_ID = "demo-shop"
SECRET_VARIABLE = "CIAM_DEMO_SECRET"
LINE_SECRET_VARIABLE = "CIAM_DEMO_LINE_SECRET"


def build(name: str, arguments: list[str]) -> Starlette:
    """Build a program.

    `mailbox MAILS TEXTS`, `line ADDRESS ISSUER` or `shop ADDRESS MAILBOX ISSUER`.
    """
    if name == "mailbox":
        return build_mailbox(Path(arguments[0]), Path(arguments[1]))
    if name == "line":
        address, issuer = arguments
        return build_fake_line(address, issuer, read_variable(LINE_SECRET_VARIABLE) or "")
    address, mailbox, issuer = arguments
    party = RelyingParty(issuer, CLIENT_ID, read_variable(SECRET_VARIABLE) or "")
    return build_shop(address, mailbox, party)


async def run(name: str, port: int, arguments: list[str]) -> None:
    """Serve on loopback until a signal comes or `ciam demo` is gone."""
    config = uvicorn.Config(
        build(name, arguments),
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    watch = asyncio.create_task(end_with_parent(os.getppid()))
    await uvicorn.Server(config).serve()
    watch.cancel()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(run(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
