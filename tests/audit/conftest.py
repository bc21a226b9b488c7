"""Fixtures of the audit tests: a database with keys, and a log that is filled by hand."""

from pathlib import Path

import pytest

from ciam.audit.events import EventKind
from ciam.audit.sequencer import sequence_pending
from ciam.audit.trail import Actor, record
from ciam.keys.server import load_server_keys
from ciam.keys.signing import ensure_signing_keys
from ciam.storage import Database

ORIGIN = "id.example.jp/audit"


async def fill(database: Database, number: int) -> None:
    """Write events of the server and put them into the log."""
    async with database.write() as transaction:
        for index in range(number):
            await record(transaction, EventKind.CONFIG_APPLIED, actor=Actor.server(), number=index)
    await sequence_pending(database, "test")


def names_in(folder: Path, suffix: str) -> list[str]:
    """List the files of a kind in a folder."""
    return sorted(path.name for path in folder.iterdir() if path.suffix == suffix)


@pytest.fixture
async def log(database: Database) -> Database:
    """Give a database with the keys of an installation and an empty log."""
    await load_server_keys(database)
    await ensure_signing_keys(database)
    return database
