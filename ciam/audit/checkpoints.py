"""Signed checkpoints: the state of the log at a size, kept in a second place.

The form is that of C2SP tlog-checkpoint; the signature line holds a JWS over the note.

Whoever cuts the tail of the log, or rewrites it whole, cannot rewrite the checkpoints that were
copied away: HOME/checkpoints here, an operator's own archive for real.
"""

import asyncio
import base64
from datetime import timedelta
from pathlib import Path
from typing import Final

from ciam.audit.merkle import Frontier
from ciam.clock import to_epoch_seconds
from ciam.keys.signing import TokenNotOurs, sign_jwt, verify_jwt
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.audit_events import Checkpoint

EVERY_ENTRIES: Final = 1000
EVERY: Final = timedelta(seconds=60)
_TYP: Final = "ciam-checkpoint+jwt"
_NOTE_LINES: Final = 3


async def write_checkpoint(
    database: Database, origin: str, folder: Path | None
) -> Checkpoint | None:
    """Sign the present state when it has grown enough; None when there is nothing to sign."""
    async with database.read() as transaction:
        size = await transaction.audit_events.get_size()
        newest = await transaction.audit_events.find_newest_checkpoint()
        if not _is_due(transaction, size, newest):
            return None
        frontier = Frontier()
        for leaf in await transaction.audit_events.list_leaf_hashes(0, size):
            frontier.append(leaf)
    async with database.write() as transaction:
        checkpoint = await _sign(transaction, origin, size, frontier.root())
        if not await transaction.audit_events.add_checkpoint(checkpoint):
            return None
    if folder is not None:
        await asyncio.to_thread(_keep, folder, checkpoint)
    return checkpoint


def _keep(folder: Path, checkpoint: Checkpoint) -> None:
    """Write the note into the second place, complete at once or not there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{checkpoint.tree_size:012d}.checkpoint"
    draft = path.with_suffix(".draft")
    draft.write_text(checkpoint.note, encoding="utf-8")
    draft.replace(path)


async def check_note(transaction: UnitOfWork, note: str) -> tuple[int, bytes]:
    """Give size and root of a checkpoint; raise TokenNotOurs when it was not signed by us."""
    body, _, signature = note.partition("\n\n")
    lines = body.split("\n")
    try:
        size, root = int(lines[1]), base64.b64decode(lines[2], validate=True)
    except (IndexError, ValueError) as error:
        raise TokenNotOurs("a checkpoint of another form") from error
    claims = await verify_jwt(
        transaction, signature.removeprefix("— ").split()[-1], typ=_TYP, use="checkpoints"
    )
    if len(lines) != _NOTE_LINES or claims.get("note") != body:
        raise TokenNotOurs("the signature is of another checkpoint")
    return size, root


def _is_due(transaction: UnitOfWork, size: int, newest: Checkpoint | None) -> bool:
    if newest is None or size <= newest.tree_size:
        return size > 0 and newest is None
    age = transaction.clock.now() - newest.created_at
    return size - newest.tree_size >= EVERY_ENTRIES or age >= EVERY


async def _sign(transaction: UnitOfWork, origin: str, size: int, root: bytes) -> Checkpoint:
    now = transaction.clock.now()
    body = f"{origin}/audit\n{size}\n{base64.b64encode(root).decode()}"
    claims = {"note": body, "iat": to_epoch_seconds(now)}
    signature = await sign_jwt(transaction, claims, typ=_TYP, use="checkpoints")
    return Checkpoint(size, root, f"{body}\n\n— {origin} {signature}\n", now)
