"""Signed checkpoints: the state of the log at a size, kept in a second place.

Whoever cuts the tail of the log, or rewrites it whole, cannot rewrite the notes that were copied
away: HOME/checkpoints here, an operator's own archive for real. Before a checkpoint is signed, the
log has to contain the one before it, so no node ever signs two histories.
"""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64decode
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ciam.audit.note import Body, NoteKey, NoteRefused, sign_note
from ciam.audit.tree import LogBroken, compute_root
from ciam.errors import Misconfigured
from ciam.storage.stores.audit_log import Checkpoint

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from ciam.storage import Database, UnitOfWork
    from ciam.storage.stores.signing_keys import SigningKey

EVERY_ENTRIES: Final = 1000
EVERY: Final = timedelta(seconds=60)
USE: Final = "checkpoints"
ALGORITHM: Final = "Ed25519"


def name_log(issuer: str) -> str:
    """Give the origin of the log: a URL without its scheme, as C2SP tlog-checkpoint advises."""
    return f"{urlsplit(issuer).netloc}/audit"


async def write_checkpoint(
    database: Database, origin: str, *, at_once: bool = False
) -> Checkpoint | None:
    """Sign the present state when the log has grown enough; None when there is nothing to sign.

    Raise LogBroken, and sign nothing, when the log does not contain the newest checkpoint.
    """
    async with database.read() as transaction:
        size = await transaction.audit_log.get_size()
        newest = await transaction.audit_log.find_newest_checkpoint()
        now = transaction.clock.now()
        if not _is_due(size, newest, timedelta(0) if at_once else EVERY, now):
            return None
        if newest is not None:
            await _check_contains(transaction, size, newest)
        body = Body(origin, size, await compute_root(transaction, size))
        key = await _find_signer(transaction, origin, now)
    checkpoint = Checkpoint(size, body.root, sign_note(body, key), now)
    async with database.write() as transaction:
        return checkpoint if await transaction.audit_log.add_checkpoint(checkpoint) else None


async def list_keys(transaction: UnitOfWork, origin: str) -> list[NoteKey]:
    """Give every key that may have signed a checkpoint of this log."""
    return [
        NoteKey(origin, _decode(key.public_jwk["x"]))
        for key in await transaction.signing_keys.list_published(USE)
        if key.algorithm == ALGORITHM
    ]


async def keep_checkpoints(database: Database, origin: str, folder: Path) -> int:
    """Copy the notes and the keys that `folder` does not hold yet; gives how many notes.

    Nothing that lies there is ever written again.
    """
    kept = await asyncio.to_thread(find_newest_kept, folder)
    async with database.read() as transaction:
        notes = await transaction.audit_log.list_checkpoints(after=kept)
        keys = await list_keys(transaction, origin)
    files = {f"{one.tree_size:012d}.checkpoint": one.note for one in notes}
    files |= {f"{key.key_id.hex()}.vkey": f"{key.vkey}\n" for key in keys}
    await asyncio.to_thread(_write_new, folder, files)
    return len(notes)


def read_kept(folder: Path) -> tuple[dict[Path, str], list[NoteKey]]:
    """Read the notes and the verifier keys of a second place; a key of another form is none."""
    notes = {path: path.read_text("utf-8") for path in sorted(folder.glob("*.checkpoint"))}
    keys = []
    for path in sorted(folder.glob("*.vkey")):
        with suppress(NoteRefused):
            keys.append(NoteKey.from_vkey(path.read_text("utf-8")))
    return notes, keys


def find_newest_kept(folder: Path) -> int:
    """Give the largest size of which a note is kept, 0 for none."""
    return max((int(path.stem) for path in folder.glob("*.checkpoint")), default=0)


def _write_new(folder: Path, files: dict[str, str]) -> None:
    """Write each file complete at once, or not at all when it is there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in files.items():
        if not (folder / name).exists():
            draft = folder / f".{name}.draft"
            draft.write_text(content, encoding="utf-8")
            draft.replace(folder / name)


async def _check_contains(transaction: UnitOfWork, size: int, newest: Checkpoint) -> None:
    if size < newest.tree_size:
        cause = f"audit log: {size} leaves, a checkpoint knows {newest.tree_size}"
        raise LogBroken(cause)
    if await compute_root(transaction, newest.tree_size) != newest.root_hash:
        cause = f"audit log: the first {newest.tree_size} leaves are not those of the checkpoint"
        raise LogBroken(cause)


def _is_due(size: int, newest: Checkpoint | None, every: timedelta, now: datetime) -> bool:
    if newest is None or size == newest.tree_size:
        return newest is None and size > 0
    grown = size - newest.tree_size
    return grown < 0 or grown >= EVERY_ENTRIES or now - newest.created_at >= every


async def _find_signer(transaction: UnitOfWork, origin: str, now: datetime) -> NoteKey:
    for key in reversed(await transaction.signing_keys.list_published(USE)):
        if key.algorithm == ALGORITHM and _signs(key, now):
            assert key.private_jwk is not None  # noqa: S101 - asked by _signs
            return NoteKey(origin, _decode(key.public_jwk["x"]), _decode(key.private_jwk["d"]))
    cause = f"there is no {ALGORITHM} key for {USE}: run `ciam keys rotate`"
    raise Misconfigured(cause)


def _signs(key: SigningKey, now: datetime) -> bool:
    is_retired = key.retired_at is not None and key.retired_at <= now
    return key.active_from <= now and not is_retired and key.private_jwk is not None


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
