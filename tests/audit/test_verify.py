"""Tampering: whoever edits, deletes, inserts, reorders, replays or cuts the tail is found (C-16).

The attacker has the database, not the keys of the server.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text, update

from ciam.audit.checkpoints import keep_checkpoints, write_checkpoint
from ciam.audit.events import EventKind
from ciam.audit.merkle import hash_leaf
from ciam.audit.trail import Actor, record
from ciam.audit.verify import Report, verify_log
from ciam.identifiers import new_id
from ciam.storage import Database, UnitOfWork
from ciam.storage.tables.audit import audit_checkpoint, audit_event, audit_leaf, audit_node
from tests.audit.conftest import ORIGIN, fill

SIZE = 300
Attack = Callable[[UnitOfWork], Awaitable[None]]


async def edit(transaction: UnitOfWork) -> None:
    await transaction.connection.execute(
        update(audit_event).where(audit_event.c.leaf_index == 7).values(actor="nobody")
    )


async def edit_details(transaction: UnitOfWork) -> None:
    await transaction.connection.execute(
        update(audit_event).where(audit_event.c.leaf_index == 7).values(details={"number": 8})
    )


async def edit_the_time(transaction: UnitOfWork) -> None:
    later = transaction.clock.now() + timedelta(microseconds=1)
    await transaction.connection.execute(
        update(audit_event).where(audit_event.c.leaf_index == 7).values(occurred_at=later)
    )


async def edit_with_its_leaf(transaction: UnitOfWork) -> None:
    await edit(transaction)
    (leaf,) = await transaction.audit_log.list_leaves(7, 1)
    assert leaf.event is not None
    await transaction.connection.execute(
        update(audit_leaf)
        .where(audit_leaf.c.leaf_index == 7)
        .values(leaf_hash=hash_leaf(leaf.event.entry()))
    )


async def delete_the_first_with_its_leaf(transaction: UnitOfWork) -> None:
    await transaction.connection.execute(delete(audit_leaf).where(audit_leaf.c.leaf_index == 0))
    await transaction.connection.execute(delete(audit_event).where(audit_event.c.leaf_index == 0))


async def delete_one_and_close_the_gap(transaction: UnitOfWork) -> None:
    run = transaction.connection.execute
    await run(delete(audit_leaf).where(audit_leaf.c.leaf_index == 7))
    await run(delete(audit_event).where(audit_event.c.leaf_index == 7))
    for index in range(8, SIZE):
        for table in (audit_leaf, audit_event):
            await run(update(table).where(table.c.leaf_index == index).values(leaf_index=index - 1))


async def insert_a_leaf_at_the_end(transaction: UnitOfWork) -> None:
    (leaf,) = await transaction.audit_log.list_leaves(7, 1)
    assert leaf.event is not None
    row = new_id()
    columns = [column for column in audit_event.c if column.name not in {"id", "leaf_index"}]
    copied = (
        await transaction.connection.execute(select(*columns).where(audit_event.c.leaf_index == 7))
    ).mappings()
    await transaction.connection.execute(
        insert(audit_event).values(**dict(copied.one()), id=row, leaf_index=SIZE)
    )
    event = await transaction.audit_events.find(row)
    assert event is not None
    await transaction.connection.execute(
        insert(audit_leaf).values(leaf_index=SIZE, event=row, leaf_hash=hash_leaf(event.entry()))
    )


async def insert_an_event_that_claims_a_leaf(transaction: UnitOfWork) -> None:
    await insert_a_leaf_at_the_end(transaction)
    await transaction.connection.execute(delete(audit_leaf).where(audit_leaf.c.leaf_index == SIZE))


async def insert_a_pending_event(transaction: UnitOfWork) -> None:
    await insert_an_event_that_claims_a_leaf(transaction)
    await transaction.connection.execute(
        update(audit_event).where(audit_event.c.leaf_index == SIZE).values(leaf_index=None)
    )


async def reorder(transaction: UnitOfWork) -> None:
    run = transaction.connection.execute
    for table in (audit_leaf, audit_event):
        for old, new in ((7, SIZE + 9), (8, 7), (SIZE + 9, 8)):
            await run(update(table).where(table.c.leaf_index == old).values(leaf_index=new))


async def replay_a_leaf_over_another(transaction: UnitOfWork) -> None:
    (leaf,) = await transaction.audit_log.list_leaf_hashes(7, 8)
    await transaction.connection.execute(
        update(audit_leaf).where(audit_leaf.c.leaf_index == 8).values(leaf_hash=leaf)
    )


async def cut_the_tail(transaction: UnitOfWork) -> None:
    run = transaction.connection.execute
    await run(delete(audit_leaf).where(audit_leaf.c.leaf_index >= SIZE - 20))
    await run(delete(audit_event).where(audit_event.c.leaf_index >= SIZE - 20))


async def cut_the_tail_and_its_checkpoints(transaction: UnitOfWork) -> None:
    await cut_the_tail(transaction)
    await transaction.connection.execute(delete(audit_checkpoint))


async def cut_the_tail_and_forget_it_was_sequenced(transaction: UnitOfWork) -> None:
    run = transaction.connection.execute
    await run(delete(audit_leaf).where(audit_leaf.c.leaf_index >= SIZE - 20))
    await run(
        update(audit_event).where(audit_event.c.leaf_index >= SIZE - 20).values(leaf_index=None)
    )


async def delete_everything(transaction: UnitOfWork) -> None:
    for table in (audit_leaf, audit_event, audit_node, audit_checkpoint):
        await transaction.connection.execute(delete(table))


async def leave_an_enormous_gap(transaction: UnitOfWork) -> None:
    run = transaction.connection.execute
    for table in (audit_leaf, audit_event):
        await run(update(table).where(table.c.leaf_index == SIZE - 1).values(leaf_index=1 << 40))


async def change_a_stored_node(transaction: UnitOfWork) -> None:
    await transaction.connection.execute(update(audit_node).values(node_hash=bytes(32)))


async def change_the_root_of_a_checkpoint(transaction: UnitOfWork) -> None:
    await transaction.connection.execute(update(audit_checkpoint).values(root_hash=bytes(32)))


async def rewrite_a_checkpoint(transaction: UnitOfWork) -> None:
    stored = await transaction.audit_log.find_newest_checkpoint()
    assert stored is not None
    note = stored.note.replace(f"\n{SIZE}\n", f"\n{SIZE - 1}\n")
    await transaction.connection.execute(
        update(audit_checkpoint)
        .where(audit_checkpoint.c.tree_size == SIZE)
        .values(tree_size=SIZE - 1, note=note)
    )


ATTACKS: dict[Attack, str] = {
    edit: "the event of leaf 7 was changed",
    edit_details: "the event of leaf 7 was changed",
    edit_the_time: "the event of leaf 7 was changed",
    edit_with_its_leaf: "has another root",
    delete_the_first_with_its_leaf: "leaf 0 is missing",
    delete_one_and_close_the_gap: "the tail was cut",
    insert_a_leaf_at_the_end: "was not written by the server",
    insert_an_event_that_claims_a_leaf: "claims a leaf that is not its own",
    insert_a_pending_event: "was not written by the server",
    reorder: "has another root",
    replay_a_leaf_over_another: "the event of leaf 8 was changed",
    cut_the_tail: "the tail was cut",
    cut_the_tail_and_its_checkpoints: "the tail was cut",
    cut_the_tail_and_forget_it_was_sequenced: "the tail was cut",
    delete_everything: "the tail was cut",
    leave_an_enormous_gap: "are missing",
    change_a_stored_node: "the stored root of tile 0",
    change_the_root_of_a_checkpoint: "the row of the checkpoint",
    rewrite_a_checkpoint: "a signature does not fit its note",
}


async def _prepared(log: Database, folder: Path) -> Report:
    await fill(log, 100)
    await write_checkpoint(log, ORIGIN, at_once=True)
    await fill(log, SIZE - 100)
    await write_checkpoint(log, ORIGIN, at_once=True)
    await keep_checkpoints(log, ORIGIN, folder)
    return await verify_log(log, folder)


async def test_a_log_that_nobody_touched_is_good(log: Database, tmp_path: Path) -> None:
    report = await _prepared(log, tmp_path / "checkpoints")
    assert report.problems == []
    assert (report.leaves, report.pending, report.checkpoints) == (SIZE, 0, 2)


async def test_the_pending_tail_is_counted(log: Database, tmp_path: Path) -> None:
    await _prepared(log, tmp_path)
    async with log.write() as transaction:
        await record(transaction, EventKind.CONFIG_APPLIED, actor=Actor.server())
    report = await verify_log(log, tmp_path)
    assert (report.is_good, report.leaves, report.pending) == (True, SIZE, 1)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
async def test_tampering_is_found(log: Database, tmp_path: Path, attack: Attack) -> None:
    before = await _prepared(log, tmp_path)
    assert before.is_good
    async with log.write() as transaction:
        await attack(transaction)
    report = await verify_log(log, tmp_path)
    assert any(ATTACKS[attack] in problem for problem in report.problems), report.problems


async def test_an_event_deleted_by_the_owner_of_the_database_is_found(
    log: Database, tmp_path: Path
) -> None:
    await _prepared(log, tmp_path)
    if log.is_sqlite:
        async with log.engines.writing.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            driver.switch_foreign_keys(on=False)
            driver.cursor(sqlite3.Cursor).execute("DELETE FROM audit_event WHERE leaf_index = 7")
            driver.cursor(sqlite3.Cursor).execute("PRAGMA foreign_keys=ON")
    else:
        async with log.write() as transaction:
            for statement in (
                "ALTER TABLE audit_leaf DROP CONSTRAINT fk_audit_leaf_event",
                "DELETE FROM audit_event WHERE leaf_index = 7",
            ):
                await transaction.connection.execute(text(statement))
    report = await verify_log(log, tmp_path)
    assert "the event of leaf 7 is gone" in report.problems


async def test_an_erased_customer_leaves_the_log_whole(log: Database, tmp_path: Path) -> None:
    customer = new_id()
    async with log.write() as transaction:
        await transaction.customer_keys.create(customer)
        await record(
            transaction,
            EventKind.PROFILE_CHANGED,
            actor=Actor.customer(customer),
            customer=customer,
        )
    await _prepared(log, tmp_path)
    async with log.write() as transaction:
        await transaction.customer_keys.destroy(customer)
    assert (await verify_log(log, tmp_path)).problems == []
