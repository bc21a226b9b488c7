"""A restore from a backup is told by a signed event, and hides nothing else."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import delete

from ciam.audit.checkpoints import keep_checkpoints, write_checkpoint
from ciam.audit.restore import SET_ASIDE, acknowledge_restore
from ciam.audit.sequencer import sequence_pending
from ciam.audit.trail import Actor
from ciam.audit.verify import verify_log
from ciam.storage import Database
from ciam.storage.tables.audit import audit_checkpoint, audit_event, audit_leaf
from tests.audit.conftest import ORIGIN, fill, names_in


@pytest.fixture
async def restored(log: Database, tmp_path: Path) -> Database:
    """Give a log of 5 leaves whose second place knows 5 and 9: the backup was taken at 5."""
    await fill(log, 5)
    await write_checkpoint(log, ORIGIN)
    await fill(log, 4)
    await write_checkpoint(log, ORIGIN, at_once=True)
    await keep_checkpoints(log, ORIGIN, tmp_path)
    async with log.write() as transaction:
        await transaction.connection.execute(
            delete(audit_checkpoint).where(audit_checkpoint.c.tree_size > 5)
        )
        for table in (audit_leaf, audit_event):
            await transaction.connection.execute(delete(table).where(table.c.leaf_index >= 5))
    return log


async def test_a_restore_that_is_told_is_no_cut_tail(restored: Database, tmp_path: Path) -> None:
    before = await verify_log(restored, tmp_path)
    assert before.problems == ["the tail was cut: a checkpoint knows 9 leaves"]
    (name,) = await acknowledge_restore(
        restored, tmp_path, actor=Actor.operator("op"), reason="disk failed"
    )
    assert name.startswith("9:")
    await sequence_pending(restored, "test")
    await write_checkpoint(restored, ORIGIN, at_once=True)
    assert await keep_checkpoints(restored, ORIGIN, tmp_path) == 1
    report = await verify_log(restored, tmp_path)
    assert (report.problems, report.restores, report.leaves) == ([], 1, 6)
    assert len(names_in(tmp_path / SET_ASIDE, ".checkpoint")) == 1


async def test_a_restore_is_told_once_and_only_when_there_was_one(
    restored: Database, tmp_path: Path
) -> None:
    options = {"actor": Actor.operator("op"), "reason": "disk failed"}
    assert await acknowledge_restore(restored, tmp_path, **options)  # type: ignore[arg-type]  # by name
    assert await acknowledge_restore(restored, tmp_path, **options) == []  # type: ignore[arg-type]  # by name
    async with restored.read() as transaction:
        assert await transaction.audit_events.count_pending() == 1


async def test_what_is_set_aside_by_hand_is_found(restored: Database, tmp_path: Path) -> None:
    (tmp_path / SET_ASIDE).mkdir()
    shutil.move(tmp_path / "000000000009.checkpoint", tmp_path / SET_ASIDE)
    report = await verify_log(restored, tmp_path)
    assert report.problems == ["the tail was cut: a checkpoint of 9 leaves was set aside unnamed"]
