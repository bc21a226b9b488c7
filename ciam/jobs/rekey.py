"""Move what lies under an older key to the one that seals: in small transactions, at any time.

Nothing of it is remembered but in the rows themselves: a node that dies in the middle leaves rows
behind that are found again, and what was moved already is not looked at twice. It begins when a
newer key seals, which every node knows by then.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import structlog

from ciam.clock import monotonic
from ciam.customers.identifiers import normalise_email, normalise_login
from ciam.customers.peppers import rewrap
from ciam.storage.stores.blind_index import BlindIndex
from ciam.storage.stores.customer_keys import CustomerKeyDestroyed
from ciam.storage.stores.external_identities import SUBJECTS
from ciam.storage.stores.identifiers import LOGINS
from ciam.storage.stores.operators import ADDRESSES
from ciam.storage.stores.sealed_rows import SEALED, SealedColumn

if TYPE_CHECKING:
    from uuid import UUID

    from ciam.sealing import ServerKeys
    from ciam.storage import Database, UnitOfWork

BATCH: Final = 100
"""Rows of one transaction: short, since on SQLite every other writer waits for it."""
RUN_SECONDS: Final = 8.0
log = structlog.get_logger("ciam.jobs")

_Step = Callable[["UnitOfWork", "UUID | None"], Awaitable["UUID | None"]]
"""Moves some rows after one; gives the last one it looked at, None at the end."""


async def rekey(database: Database, *, seconds: float = RUN_SECONDS) -> None:
    """Move rows under every key that is in rotation, for some seconds at the most."""
    end = monotonic() + seconds
    for use in find_rotating(database.keys):
        for step in steps_of(use):
            after = None
            while monotonic() < end:
                async with database.write() as transaction:
                    after = await step(transaction, after)
                if after is None:
                    break


def find_rotating(keys: ServerKeys) -> list[str]:
    """Give the uses that have an older version than the one that seals."""
    uses = ("index", "pepper", "records", "master")
    return [use for use in uses if min((ring := getattr(keys, use)).keys) < ring.newest.version]


def steps_of(use: str) -> list[_Step]:
    """Give what has to be moved under a key."""
    lookups: dict[str, list[_Step]] = {
        "index": [_logins, _subjects, _addresses],
        "pepper": [_passwords],
    }
    return lookups.get(use, []) + [_sealed(use, column) for column in SEALED.get(use, ())]


def _sealed(use: str, column: SealedColumn) -> _Step:
    async def step(transaction: UnitOfWork, after: UUID | None) -> UUID | None:
        last: UUID | None = await transaction.sealed_rows.move_some(
            use, column, after=after, limit=BATCH
        )
        return last

    return step


async def _logins(transaction: UnitOfWork, after: UUID | None) -> UUID | None:
    store = transaction.identifiers
    behind = await LOGINS.list_behind(store, after=after, limit=BATCH)
    for row in behind:
        try:
            found = await store.find(row)
        except CustomerKeyDestroyed:
            continue
        if found is not None:
            name = normalise_login(found.value)
            _tell(LOGINS, row, is_done=await LOGINS.catch_up(store, row, name))
    return behind[-1] if behind else None


async def _subjects(transaction: UnitOfWork, after: UUID | None) -> UUID | None:
    store = transaction.external_identities
    behind = await SUBJECTS.list_behind(store, after=after, limit=BATCH)
    for row in behind:
        try:
            found = await store.find_by_id(row)
        except CustomerKeyDestroyed:
            continue
        if found is not None:
            name = (found.issuer, found.subject)
            _tell(SUBJECTS, row, is_done=await SUBJECTS.catch_up(store, row, *name))
            await transaction.provider_tokens.rehash(*name)
    return behind[-1] if behind else None


async def _addresses(transaction: UnitOfWork, after: UUID | None) -> UUID | None:
    store = transaction.operators
    behind = await ADDRESSES.list_behind(store, after=after, limit=BATCH)
    for row in behind:
        found = await store.find(row)
        if found is not None:
            name = normalise_email(found.email)
            _tell(ADDRESSES, row, is_done=await ADDRESSES.catch_up(store, row, name))
    if not behind:
        for invitation in await store.list_invitations():
            await store.rehash_invitation(invitation.id, normalise_email(invitation.email))
    return behind[-1] if behind else None


async def _passwords(transaction: UnitOfWork, after: UUID | None) -> UUID | None:
    peppers = transaction.keys.pepper

    def move(stored: str) -> str | None:
        return rewrap(stored, peppers)

    await transaction.operators.move_passwords(move)
    return await transaction.authenticators.move_passwords(move, after=after, limit=BATCH)


def _tell(index: BlindIndex, row: UUID, *, is_done: bool) -> None:
    if not is_done:
        log.error("a name is held twice", table=index.table.name, row=str(row))
