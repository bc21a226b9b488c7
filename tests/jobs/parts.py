"""Parts for tests of jobs: a worker of a database, and a transport that does what a test says."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

from pydantic import SecretStr

from ciam.jobs.worker import Worker
from ciam.rendering import Renderer
from ciam.settings import Settings
from ciam.storage import Database

RENDERER = Renderer()


class Mailbox:
    """Keeps what it is given, after raising what the test has put there."""

    def __init__(self) -> None:
        self.mails: dict[str, bytes] = {}
        self.deliveries = 0
        self.errors: list[Exception] = []
        self.gate: asyncio.Event | None = None

    async def deliver(self, message: EmailMessage, name: str) -> None:
        self.deliveries += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        self.mails[name] = bytes(message)


def make_worker(database: Database, home: Path, mailbox: Mailbox | None = None) -> Worker:
    """Make a worker; mails go to the mailbox, or else to files below the home."""
    settings = Settings(
        home=home, database_url=SecretStr("sqlite://"), issuer="https://id.example.jp"
    )
    worker = Worker(settings=settings, database=database, renderer=RENDERER)
    if mailbox is not None:
        worker.parts = replace(worker.parts, mail=mailbox)
    return worker


async def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something another task does; fail when it does not happen in time."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - a test looks from outside
            await asyncio.sleep(0.005)
