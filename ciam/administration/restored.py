"""After a restore from a backup: end what may have been ended since, and say so in the log.

A backup knows nothing of a sign-out, a revoked token or a used code that came after it. Nobody can
tell which those were, so every session, those of operators too, and every token family ends. What
people decided about their data after the backup is lost with it and has to be asked again: no
command can know it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ciam.audit.events import EventKind
from ciam.audit.restore import acknowledge_restore
from ciam.audit.trail import Actor, record

if TYPE_CHECKING:
    from pathlib import Path

    from ciam.storage import Database


async def acknowledge(
    database: Database, checkpoints: Path, *, operator: str, reason: str
) -> tuple[dict[str, int], list[str]]:
    """End all access and set aside the checkpoints that are lost; gives counts and their names.

    May be repeated: a second time ends what began in between.
    """
    actor = Actor.operator(operator)
    async with database.write() as transaction:
        ended = await transaction.restored.end_all_access()
        await record(
            transaction,
            EventKind.DATABASE_RESTORED,
            actor=actor,
            reason=reason,
            sessions=ended["sessions"],
            token_families=ended["token_families"],
        )
    return ended, await acknowledge_restore(database, checkpoints, actor=actor, reason=reason)
