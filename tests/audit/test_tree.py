"""The tree in the database gives the roots and proofs of the tree over all its leaves."""

import random

import pytest
from sqlalchemy import delete

from ciam.audit import sequencer, tree
from ciam.audit.merkle import (
    is_consistent,
    is_included,
    prove_consistency,
    prove_inclusion,
    root_of,
)
from ciam.audit.tree import LogBroken
from ciam.identifiers import new_id
from ciam.storage import Database
from ciam.storage.tables.audit import audit_leaf, audit_node
from tests.audit.conftest import fill

SIZE = 1300


@pytest.fixture
async def filled(log: Database) -> Database:
    """Give a log of several full tiles and one that is not."""
    for number in (255, 1, 1, 511, 532):
        await fill(log, number)
    return log


async def test_roots_and_proofs_are_those_of_the_whole_tree(filled: Database) -> None:
    chance = random.Random(9162)
    async with filled.read() as transaction:
        leaves = await transaction.audit_log.list_leaf_hashes(0, SIZE)
        assert len(leaves) == SIZE
        for size in (0, 1, 255, 256, 257, 512, 1023, 1024, SIZE):
            assert await tree.compute_root(transaction, size) == root_of(leaves[:size])
        for _ in range(15):
            size = chance.randrange(1, SIZE + 1)
            index, older = chance.randrange(size), chance.randrange(1, size + 1)
            root = root_of(leaves[:size])
            path = await tree.prove_inclusion(transaction, index, size)
            assert path == prove_inclusion(leaves[:size], index)
            assert is_included(leaves[index], index, size, path, root)
            proof = await tree.prove_consistency(transaction, older, size)
            assert proof == prove_consistency(leaves[:size], older)
            assert is_consistent(older, size, root_of(leaves[:older]), root, proof)


async def test_the_third_level_of_tiles_is_stored(
    log: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "BATCH", 100)
    monkeypatch.setattr(tree, "TILE_LEVELS", 2)
    monkeypatch.setattr(tree, "TILE", 4)
    await fill(log, 70)
    async with log.read() as transaction:
        leaves = await transaction.audit_log.list_leaf_hashes(0, 70)
        assert await transaction.audit_log.list_nodes(6, 0, 9) == [root_of(leaves[:64])]
        assert len(await transaction.audit_log.list_nodes(4, 0, 9)) == 4
        assert len(await transaction.audit_log.list_nodes(2, 0, 99)) == 17
        for size in range(1, 71):
            assert await tree.compute_root(transaction, size) == root_of(leaves[:size])


async def test_a_proof_reads_few_rows(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0
    original = tree.list_row

    async def counting(*arguments: object) -> list[bytes]:
        nonlocal read
        row = await original(*arguments)  # type: ignore[arg-type]  # passed on
        read += len(row)
        return row

    monkeypatch.setattr(tree, "list_row", counting)
    async with filled.read() as transaction:
        await tree.prove_inclusion(transaction, 3, SIZE)
    assert read < 400


async def test_what_is_missing_is_no_proof(filled: Database) -> None:
    async with filled.write() as transaction:
        await transaction.connection.execute(delete(audit_node))
        await transaction.connection.execute(
            delete(audit_leaf).where(audit_leaf.c.leaf_index == 1299)
        )
    async with filled.read() as transaction:
        with pytest.raises(LogBroken):
            await tree.compute_root(transaction, 512)
        with pytest.raises(LogBroken):
            await tree.prove_inclusion(transaction, 1298, SIZE)
        assert await transaction.audit_log.find_index(new_id()) is None
