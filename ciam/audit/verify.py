"""Verify the log: each leaf against its event, each checkpoint against the leaves, and the tail."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ciam.audit.checkpoints import list_keys, read_kept
from ciam.audit.events import EventKind
from ciam.audit.merkle import Frontier, hash_leaf, root_of
from ciam.audit.note import NoteKey, NoteRefused, open_note
from ciam.audit.restore import SET_ASIDE, name_checkpoint
from ciam.audit.tree import TILE, TILE_LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ciam.storage import Database, UnitOfWork
    from ciam.storage.stores.audit_events import AuditEvent
    from ciam.storage.stores.audit_log import Leaf

_MOST_PROBLEMS: Final = 20
_PAGE: Final = 1000
_LONGEST_GAP: Final = 1_000_000
_MISSING: Final = bytes(32)


@dataclass
class Report:
    """What verifying found; no problems means that the log is what it was."""

    leaves: int = 0
    pending: int = 0
    checkpoints: int = 0
    restores: int = 0
    root: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether nothing was found."""
        return not self.problems

    def note(self, problem: str) -> None:
        """Keep a problem, up to a number that a person would read."""
        if len(self.problems) < _MOST_PROBLEMS and problem not in self.problems:
            self.problems.append(problem)


async def verify_log(database: Database, folder: Path | None = None) -> Report:
    """Check the whole log, with the checkpoints in the database and those kept in `folder`.

    The log may grow meanwhile; what is not sequenced yet is counted as pending.
    """
    report = Report()
    async with database.read() as transaction:
        expected = await _collect_checkpoints(transaction, folder, report)
        walk = _Walk(transaction, report, expected)
        while leaves := await transaction.audit_log.list_leaves(walk.position, _PAGE):
            for leaf in leaves:
                await walk.step(leaf)
            if walk.is_lost:
                break
        await walk.check_nodes()
        for event in await transaction.audit_log.list_strays(_MOST_PROBLEMS):
            report.note(f"the event {event} claims a leaf that is not its own")
        for pending in await transaction.audit_events.list_pending(_PAGE):
            _check_author(transaction, pending, report)
        report.pending = await transaction.audit_events.count_pending()
        if folder is not None:
            await _check_superseded(transaction, folder, walk.superseded, report)
    report.leaves, report.root = walk.frontier.size, walk.frontier.root().hex()
    report.checkpoints = len(expected)
    for size, root in sorted(expected.items()):
        if size > report.leaves:
            report.note(f"the tail was cut: a checkpoint knows {size} leaves")
        elif walk.roots.get(size) != root:
            report.note(f"the checkpoint of {size} leaves has another root")
    return report


class _Walk:
    """One pass over the leaves in order, in memory that does not grow with the log."""

    def __init__(self, transaction: UnitOfWork, report: Report, expected: dict[int, bytes]) -> None:
        self.transaction = transaction
        self.report = report
        self.expected = expected
        self.frontier = Frontier()
        self.roots: dict[int, bytes] = {}
        self.position = 0
        self.is_lost = False
        self.superseded: set[str] = set()
        self._tiles: dict[int, list[bytes]] = {}
        self._counted: dict[int, int] = {}

    async def step(self, leaf: Leaf) -> None:
        """Take the next leaf; what lies between counts as missing."""
        gap = leaf.index - self.frontier.size
        self.position = leaf.index + 1
        if gap > _LONGEST_GAP:
            self.report.note(f"leaves {self.frontier.size} to {leaf.index - 1} are missing")
            self.is_lost = True
            return
        for missing in range(self.frontier.size, leaf.index):
            self.report.note(f"leaf {missing} is missing")
            await self._append(_MISSING)
        self._check_event(leaf)
        await self._append(leaf.hash)

    def _check_event(self, leaf: Leaf) -> None:
        event = leaf.event
        if event is None:
            self.report.note(f"the event of leaf {leaf.index} is gone")
        elif event.leaf_index != leaf.index or hash_leaf(event.entry()) != leaf.hash:
            self.report.note(f"the event of leaf {leaf.index} was changed")
        else:
            _check_author(self.transaction, event, self.report)
            if event.kind == EventKind.LOG_RESTORED:
                self.report.restores += 1
                self.superseded |= set(event.details["superseded"])

    async def _append(self, leaf: bytes) -> None:
        self.frontier.append(leaf)
        if self.frontier.size in self.expected:
            self.roots[self.frontier.size] = self.frontier.root()
        level, node = 0, leaf
        while True:
            row = self._tiles.setdefault(level, [])
            row.append(node)
            if len(row) < TILE:
                return
            level, node = level + TILE_LEVELS, root_of(row)
            index = self._counted.get(level, 0)
            row.clear()
            self._counted[level] = index + 1
            if await self.transaction.audit_log.list_nodes(level, index, index + 1) != [node]:
                self.report.note(f"the stored root of tile {index} at level {level} is another")

    async def check_nodes(self) -> None:
        """Note a stored root of a tile that is not full."""
        log = self.transaction.audit_log
        for level in range(TILE_LEVELS, 8 * TILE_LEVELS, TILE_LEVELS):
            counted = self._counted.get(level, 0)
            beyond = await log.list_nodes(level, counted, counted + 1)
            if beyond and await log.get_size() >> level <= counted:
                self.report.note(f"the root of tile {counted} at level {level} has no leaves")


def _check_author(transaction: UnitOfWork, event: AuditEvent, report: Report) -> None:
    if transaction.audit_events.is_ours(event) is False:
        report.note(f"the event {event.id} was not written by the server")


async def _check_superseded(
    transaction: UnitOfWork, folder: Path, named: set[str], report: Report
) -> None:
    """Note what was set aside without an event of a restore that names it."""
    _, kept = await asyncio.to_thread(read_kept, folder)
    notes, _ = await asyncio.to_thread(read_kept, folder / SET_ASIDE)
    for note in notes.values():
        keys = [*await list_keys(transaction, note.partition("\n")[0]), *kept]
        try:
            name = name_checkpoint(open_note(note, keys))
        except NoteRefused as error:
            report.note(f"a checkpoint that was set aside: {error.cause}")
            continue
        if name not in named:
            size = name.partition(":")[0]
            report.note(f"the tail was cut: a checkpoint of {size} leaves was set aside unnamed")


async def _collect_checkpoints(
    transaction: UnitOfWork, folder: Path | None, report: Report
) -> dict[int, bytes]:
    expected: dict[int, bytes] = {}
    kept_keys: list[NoteKey] = []

    async def take(notes: Sequence[str], where: str) -> None:
        for note in notes:
            origin = note.partition("\n")[0]
            try:
                body = open_note(note, [*await list_keys(transaction, origin), *kept_keys])
            except NoteRefused as error:
                report.note(f"a checkpoint {where}: {error.cause}")
                continue
            if expected.setdefault(body.size, body.root) != body.root:
                report.note(f"two checkpoints of {body.size} leaves differ")

    if folder is not None:
        notes, keys = await asyncio.to_thread(read_kept, folder)
        kept_keys += keys
        await take(list(notes.values()), "in the second place")
    stored = await transaction.audit_log.list_checkpoints()
    await take([one.note for one in stored], "in the database")
    for one in stored:
        if expected.get(one.tree_size) != one.root_hash:
            report.note(f"the row of the checkpoint of {one.tree_size} leaves was changed")
    return expected
