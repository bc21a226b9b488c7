"""Bring the database to what the files say: one transaction, and nothing when nothing differs.

Who owns an entry decides who may change it. A file never changes what the console or the API owns,
unless it is told to take it over; what it only makes (`state: created`) is the console's from then
on. What no file names stays, unless pruning is asked for, and then only what files own goes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from ciam.administration.config.kinds import KINDS
from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.errors import Misconfigured

if TYPE_CHECKING:
    from ciam.administration.config.kind import Entry, Kind
    from ciam.administration.config.loading import LoadedConfig
    from ciam.storage import UnitOfWork

BY_FILE: Final = "file"
BY_CONSOLE: Final = "console"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the files and the database."""

    action: Literal["remove", "add", "change"]
    kind: str
    key: str
    what: str

    def __str__(self) -> str:
        """Say it on one line."""
        return f"{self.kind} {self.key}: {self.what}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What changes, deletions first; and what files own although none of these files names it."""

    changes: tuple[Change, ...]
    left_over: tuple[str, ...]


async def apply_config(
    transaction: UnitOfWork,
    loaded: Sequence[LoadedConfig],
    *,
    operator: str,
    prune: bool = False,
    take_over: bool = False,
) -> Outcome:
    """Apply files; gives what changed. Applying again gives nothing.

    Raise Misconfigured with file and line; then nothing is kept.
    """
    changes: list[Change] = []
    left_over: list[tuple[Kind, str]] = []
    for kind in KINDS:
        found = [change async for change in _put_all(transaction, kind, loaded, take_over)]
        left_over += [(kind, key) for key in await _list_left_over(transaction, kind, loaded)]
        changes += found
    removals: list[Change] = []
    for kind in reversed(KINDS):  # a brand goes after the clients that name it
        removals += [gone async for gone in _end_all(transaction, kind, loaded, take_over)]
    if prune:
        for kind, key in reversed(left_over):
            removals.append(await _remove(transaction, kind, key))
        left_over = []
    changes = removals + changes
    if changes:
        await transaction.config.raise_generation()
        await record(
            transaction,
            EventKind.CONFIG_APPLIED,
            actor=Actor.operator(operator),
            changes=[str(change) for change in changes],
        )
    return Outcome(tuple(changes), tuple(f"{kind.name} {key}" for kind, key in left_over))


async def _put_all(
    transaction: UnitOfWork,
    kind: Kind,
    loaded: Sequence[LoadedConfig],
    take_over: bool,  # noqa: FBT001 - handed on as it came
) -> AsyncIterator[Change]:
    owners = await transaction.ownership.list_owners(kind.name)
    for config, entry in _entries(kind, loaded):
        owner = owners.get(entry.key)
        if entry.state == "absent" or (entry.state == "created" and owner is not None):
            continue
        is_known = owner is not None and owner.is_live
        with config.at(*entry.location, *(("brand",) if kind.name == "client" else ())):
            what = await kind.put(
                transaction,
                entry,
                is_known=is_known,
                managed_by=BY_FILE if entry.state == "present" else BY_CONSOLE,
            )
        is_foreign = owner is not None and owner.managed_by != BY_FILE
        if what is not None and is_foreign and not take_over:
            assert owner is not None  # noqa: S101 - for the reader of types
            raise _foreign(config, kind, entry, owner.managed_by)
        if what is None and is_foreign and take_over:
            await transaction.ownership.hand_over(kind.name, entry.key, managed_by=BY_FILE)
            what = "taken over"
        if what is not None:
            yield Change("change" if is_known else "add", kind.name, entry.key, what)


async def _end_all(
    transaction: UnitOfWork,
    kind: Kind,
    loaded: Sequence[LoadedConfig],
    take_over: bool,  # noqa: FBT001 - handed on as it came
) -> AsyncIterator[Change]:
    owners = await transaction.ownership.list_owners(kind.name)
    for config, entry in _entries(kind, loaded):
        owner = owners.get(entry.key)
        if entry.state != "absent" or owner is None or not owner.is_live:
            continue
        if owner.managed_by != BY_FILE and not take_over:
            raise _foreign(config, kind, entry, owner.managed_by)
        with config.at(*entry.location):
            yield await _remove(transaction, kind, entry.key)


async def _remove(transaction: UnitOfWork, kind: Kind, key: str) -> Change:
    return Change("remove", kind.name, key, await kind.remove(transaction, key))


async def _list_left_over(
    transaction: UnitOfWork, kind: Kind, loaded: Sequence[LoadedConfig]
) -> list[str]:
    named = {entry.key for _, entry in _entries(kind, loaded)}
    owners = await transaction.ownership.list_owners(kind.name)
    return [
        key
        for key, owner in owners.items()
        if owner.managed_by == BY_FILE and owner.is_live and key not in named
    ]


def _entries(kind: Kind, loaded: Sequence[LoadedConfig]) -> Iterator[tuple[LoadedConfig, Entry]]:
    return ((config, entry) for config in loaded for entry in kind.entries(config.document))


def _foreign(config: LoadedConfig, kind: Kind, entry: Entry, owner: str) -> Misconfigured:
    return Misconfigured(
        f"{config.file.place(*entry.location)}: {kind.name} {entry.key} is managed by the {owner};"
        " leave it out, write `state: created`, or take it over with --take-over"
    )
