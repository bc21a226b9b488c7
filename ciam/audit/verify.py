"""Verify the log: each leaf against its event, each checkpoint against the leaves, and the tail."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ciam.audit.checkpoints import check_note
from ciam.audit.merkle import Frontier, hash_leaf
from ciam.keys.signing import TokenNotOurs

if TYPE_CHECKING:
    from pathlib import Path

    from ciam.storage import Database, UnitOfWork

_MOST_PROBLEMS = 20


@dataclass
class Report:
    """What verifying found; no problems means that the log is what it was."""

    leaves: int = 0
    pending: int = 0
    checkpoints: int = 0
    root: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether nothing was found."""
        return not self.problems

    def note(self, problem: str) -> None:
        """Keep a problem, up to a number that a person would read."""
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(problem)


async def verify_log(database: Database, folder: Path | None = None) -> Report:
    """Check the whole log, with the checkpoints in the database and those kept in `folder`."""
    report = Report()
    async with database.read() as transaction:
        expected = await _collect_checkpoints(transaction, folder, report)
        frontier = Frontier()
        roots: dict[int, bytes] = {}
        async for position, leaf, event in transaction.audit_events.iterate_log():
            if position != frontier.size:
                report.note(f"leaf {frontier.size} is missing")
                frontier.size = position
            if event is None:
                report.note(f"the event of leaf {position} is gone")
            elif event.leaf_index != position or hash_leaf(event.commitment()) != leaf:
                report.note(f"the event of leaf {position} was changed")
            frontier.append(leaf)
            if frontier.size in expected:
                roots[frontier.size] = frontier.root()
        report.leaves, report.root = frontier.size, frontier.root().hex()
        report.pending = await transaction.audit_events.count_pending()
    for size, root in sorted(expected.items()):
        if size > report.leaves:
            report.note(f"the tail was cut: a checkpoint knows {size} leaves")
        elif roots.get(size) != root:
            report.note(f"the checkpoint of {size} leaves has another root")
    report.checkpoints = len(expected)
    return report


def read_notes(folder: Path) -> list[str]:
    """Read the checkpoints that were kept in a second place."""
    return [path.read_text("utf-8") for path in sorted(folder.glob("*.checkpoint"))]


async def _collect_checkpoints(
    transaction: UnitOfWork, folder: Path | None, report: Report
) -> dict[int, bytes]:
    notes = [one.note for one in await transaction.audit_events.list_checkpoints()]
    if folder is not None:
        notes += await asyncio.to_thread(read_notes, folder)
    expected: dict[int, bytes] = {}
    for note in notes:
        try:
            size, root = await check_note(transaction, note)
        except TokenNotOurs as error:
            report.note(f"a checkpoint is not signed by us: {error.cause}")
            continue
        if expected.setdefault(size, root) != root:
            report.note(f"two checkpoints of {size} leaves differ")
    return expected
