"""A backup is taken, restored and used; what was ended after it does not come back to life."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ciam.cli.opening import opened_database, read_settings
from tests.cli.conftest import Cli
from tests.parts import postgresql

SESSION = "a secret of a session, long enough"


async def start_session(customer_id: str) -> None:
    """Sign a customer in."""
    async with opened_database(read_settings()) as database, database.write() as transaction:
        customer = await transaction.customers.find_by_customer_id(customer_id)
        assert customer is not None
        await transaction.sessions.start(
            customer.id,
            SESSION,
            acr="1",
            amr=["pwd"],
            expires_at=transaction.clock.now() + timedelta(days=1),
            address="192.0.2.1",
            user_agent="a browser",
        )


async def end_session() -> None:
    """Sign the customer out."""
    async with opened_database(read_settings()) as database, database.write() as transaction:
        found = await transaction.sessions.find(SESSION)
        assert found is not None
        await transaction.sessions.end(found.id, "signed_out")


async def has_session() -> bool:
    """Tell whether the session can be used."""
    async with opened_database(read_settings()) as database, database.read() as transaction:
        return await transaction.sessions.find(SESSION) is not None


def dump_sqlite(cli: Cli, target: Path) -> Callable[[], None]:
    """Take a backup as the documents say, and give how it is restored."""
    answer = cli("backup", str(target))
    assert answer.code == 0, answer.err
    assert target.stat().st_mode & 0o777 == 0o600
    assert cli("backup", str(target)).code == 2, "a backup is never written over"
    database = Path(read_settings().database_url.get_secret_value().removeprefix("sqlite:///"))

    def restore() -> None:
        for beside in ("-wal", "-shm"):
            database.with_name(database.name + beside).unlink(missing_ok=True)
        shutil.copyfile(target, database)

    return restore


def dump_postgresql(cli: Cli, target: Path) -> Callable[[], None]:
    """Take a backup as the documents say, and give how it is restored."""
    assert "pg_dump" in cli("backup", str(target)).err
    found = postgresql.find_binaries()
    if found is None or not (found / "pg_dump").exists():
        pytest.skip("no pg_dump: apt-get install postgresql-client")
    url = read_settings().database_url.get_secret_value().replace("+asyncpg", "")
    dump = [str(found / "pg_dump"), "--format=custom", f"--file={target}", url]
    subprocess.run(dump, check=True)

    def restore() -> None:
        options = ["--clean", "--if-exists", "--no-owner", "--single-transaction"]
        subprocess.run(
            [str(found / "pg_restore"), *options, f"--dbname={url}", str(target)], check=True
        )

    return restore


def test_a_restored_node_does_not_revive_a_session_that_was_ended(cli: Cli, tmp_path: Path) -> None:
    answer = cli(
        *("customers", "create", "--email", "hanako@example.com", "--reason", "moved", "--json"),
        *("--family-name", "山田", "--given-name", "花子"),
    )
    asyncio.run(start_session(json.loads(answer.out)["customer_id"]))
    dump = dump_sqlite if read_settings().is_sqlite else dump_postgresql
    restore = dump(cli, tmp_path / "backup")
    asyncio.run(end_session())
    restore()
    assert asyncio.run(has_session()), "the backup knows nothing of the sign-out"
    said = cli("audit", "restored", "--reason", "a test of the recipe")
    assert said.code == 0, said.err
    assert said.out.startswith("Ended: 1 sessions")
    assert not asyncio.run(has_session())
    assert cli("audit", "verify").code == 0
