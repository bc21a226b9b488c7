"""Checkpoints: when one is signed, what is never signed, what lies in the second place."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from ciam.audit.checkpoints import keep_checkpoints, list_keys, name_log, write_checkpoint
from ciam.audit.note import open_note
from ciam.audit.tree import LogBroken
from ciam.audit.verify import verify_log
from ciam.keys.signing import JWKS_MAX_AGE, rotate_signing_key
from ciam.storage import Database
from ciam.storage.tables.audit import audit_checkpoint, audit_event, audit_leaf
from tests.audit.conftest import ORIGIN, fill, names_in
from tests.parts.clock import FakeClock


async def test_an_empty_log_has_no_checkpoint(log: Database) -> None:
    assert await write_checkpoint(log, ORIGIN, at_once=True) is None


async def test_a_checkpoint_comes_each_minute_in_which_the_log_grew(
    log: Database, clock: FakeClock
) -> None:
    await fill(log, 2)
    first = await write_checkpoint(log, ORIGIN)
    assert first is not None
    await fill(log, 2)
    clock.advance(timedelta(seconds=59))
    assert await write_checkpoint(log, ORIGIN) is None
    clock.advance(timedelta(seconds=1))
    second = await write_checkpoint(log, ORIGIN)
    assert second is not None
    assert (first.tree_size, second.tree_size) == (2, 4)
    clock.advance(timedelta(hours=1))
    assert await write_checkpoint(log, ORIGIN) is None


async def test_a_checkpoint_comes_after_a_thousand_entries(log: Database) -> None:
    await fill(log, 1)
    assert await write_checkpoint(log, ORIGIN)
    await fill(log, 999)
    assert await write_checkpoint(log, ORIGIN) is None
    await fill(log, 1)
    newest = await write_checkpoint(log, ORIGIN)
    assert newest is not None
    assert newest.tree_size == 1001


async def test_a_note_opens_with_the_keys_of_the_log(log: Database) -> None:
    await fill(log, 3)
    checkpoint = await write_checkpoint(log, ORIGIN)
    assert checkpoint is not None
    async with log.read() as transaction:
        body = open_note(checkpoint.note, await list_keys(transaction, ORIGIN))
    assert (body.origin, body.size, body.root) == (ORIGIN, 3, checkpoint.root_hash)


async def test_the_second_place_is_written_once(log: Database, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    await fill(log, 3)
    await write_checkpoint(log, ORIGIN)
    assert await keep_checkpoints(log, ORIGIN, folder) == 1
    (note,) = folder.glob("*.checkpoint")
    (vkey,) = folder.glob("*.vkey")
    assert vkey.read_text().startswith(f"{ORIGIN}+")
    assert folder.stat().st_mode & 0o077 == 0
    content = note.read_text()
    async with log.write() as transaction:
        await transaction.connection.execute(update(audit_checkpoint).values(note="other"))
    assert await keep_checkpoints(log, ORIGIN, folder) == 0
    assert note.read_text() == content
    await fill(log, 3)
    await write_checkpoint(log, ORIGIN, at_once=True)
    assert await keep_checkpoints(log, ORIGIN, folder) == 1
    assert {path.name for path in folder.iterdir()} == {
        "000000000003.checkpoint",
        "000000000006.checkpoint",
        vkey.name,
    }


async def test_a_cut_log_is_never_signed_again(log: Database) -> None:
    await fill(log, 5)
    await write_checkpoint(log, ORIGIN)
    async with log.write() as transaction:
        for table in (audit_leaf, audit_event):
            await transaction.connection.execute(delete(table).where(table.c.leaf_index >= 3))
    with pytest.raises(LogBroken, match="3 leaves, a checkpoint knows 5"):
        await write_checkpoint(log, ORIGIN)
    await fill(log, 5)
    with pytest.raises(LogBroken, match="not those of the checkpoint"):
        await write_checkpoint(log, ORIGIN, at_once=True)


async def test_checkpoints_verify_after_their_key_was_rotated_away(
    log: Database, clock: FakeClock, tmp_path: Path
) -> None:
    await fill(log, 3)
    await write_checkpoint(log, ORIGIN)
    async with log.write() as transaction:
        await rotate_signing_key(transaction, "checkpoints", "Ed25519")
    clock.advance(JWKS_MAX_AGE + timedelta(days=400))
    await fill(log, 3)
    await write_checkpoint(log, ORIGIN)
    await keep_checkpoints(log, ORIGIN, tmp_path)
    assert len(names_in(tmp_path, ".vkey")) == 2
    report = await verify_log(log, tmp_path)
    assert (report.problems, report.checkpoints) == ([], 2)


async def test_a_checkpoint_of_a_key_that_an_attacker_added_is_found(
    log: Database, tmp_path: Path
) -> None:
    """Whoever holds database and server can sign, but not change what was copied away."""
    await fill(log, 5)
    await write_checkpoint(log, ORIGIN)
    await keep_checkpoints(log, ORIGIN, tmp_path)
    async with log.write() as transaction:
        await transaction.connection.execute(delete(audit_checkpoint))
        for table in (audit_leaf, audit_event):
            await transaction.connection.execute(delete(table).where(table.c.leaf_index >= 3))
    await fill(log, 2)
    await write_checkpoint(log, ORIGIN)
    report = await verify_log(log, tmp_path)
    assert "two checkpoints of 5 leaves differ" in report.problems


def test_the_log_is_named_after_the_issuer() -> None:
    assert name_log("https://id.example.jp") == "id.example.jp/audit"
    assert name_log("http://localhost:8000") == "localhost:8000/audit"
