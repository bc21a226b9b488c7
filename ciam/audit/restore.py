"""A restore from a backup: the log is shorter than checkpoints know, and an event says why.

Without it the verifier reports a cut tail, as it must. The checkpoints that the restored log does
not contain are set aside, never deleted, and the event names each of them by size and root.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from ciam.audit.checkpoints import list_keys, read_kept
from ciam.audit.events import EventKind
from ciam.audit.note import Body, NoteKey, NoteRefused, open_note
from ciam.audit.trail import Actor, record
from ciam.audit.tree import compute_root

if TYPE_CHECKING:
    from pathlib import Path

    from ciam.storage import Database, UnitOfWork

SET_ASIDE: Final = "superseded"


async def acknowledge_restore(
    database: Database, folder: Path, *, actor: Actor, reason: str
) -> list[str]:
    """Record that the log was restored and set aside what it no longer contains; gives the names.

    Nothing is recorded when the log contains every checkpoint of `folder`.
    """
    notes, keys = await asyncio.to_thread(read_kept, folder)
    async with database.write() as transaction:
        lost = {
            path: name_checkpoint(body)
            for path, note in notes.items()
            if (body := await _open_if_lost(transaction, note, keys)) is not None
        }
        names = sorted(set(lost.values()))
        if not names:
            return []
        size = await transaction.audit_log.get_size()
        await record(
            transaction,
            EventKind.LOG_RESTORED,
            actor=actor,
            reason=reason,
            leaves=size,
            superseded=names,
        )
    await asyncio.to_thread(_set_aside, folder, lost)
    return names


def name_checkpoint(body: Body) -> str:
    """Give how an event names a checkpoint: its size and its root."""
    return f"{body.size}:{body.root.hex()}"


async def _open_if_lost(transaction: UnitOfWork, note: str, kept: list[NoteKey]) -> Body | None:
    """Open a note whose state the log does not contain; a restore may have lost its key too."""
    try:
        body = open_note(note, [*await list_keys(transaction, note.partition("\n")[0]), *kept])
    except NoteRefused:
        return None  # not ours: the verifier goes on reporting it
    if body.size <= await transaction.audit_log.get_size():
        return None if await compute_root(transaction, body.size) == body.root else body
    return body


def _set_aside(folder: Path, lost: dict[Path, str]) -> None:
    (folder / SET_ASIDE).mkdir(mode=0o700, exist_ok=True)
    for path, name in lost.items():
        path.replace(folder / SET_ASIDE / f"{name.replace(':', '-')}.checkpoint")
