"""What was linked or unlinked lately and may be undone by a mailed link, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, insert, select, update

from ciam.identifiers import hash_secret, new_id
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.linking import link_undo

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

_TABLE = "link_undo"


@dataclass(frozen=True, slots=True)
class LinkUndo:
    """An act that may be undone: `act` is linked or unlinked."""

    customer: UUID
    act: str
    identity: dict[str, str] = field(repr=False)


class LinkUndoStore(Store):
    """What may be undone by a mailed link."""

    async def issue(
        self, link: str, customer: UUID, act: str, identity: dict[str, str], expires_at: datetime
    ) -> None:
        """Keep what an act can be undone with; only the hash of the mailed link is kept."""
        row = new_id()
        sealed = await self.seal_for(customer, _TABLE, "identity", row, to_json(identity))
        await self.connection.execute(
            insert(link_undo).values(
                id=row,
                customer=customer,
                act=act,
                link_hash=hash_secret(link),
                sealed_identity=sealed,
                created_at=self.now,
                expires_at=expires_at,
            )
        )

    async def find(self, link: str) -> LinkUndo | None:
        """Give what a mailed link would undo."""
        row = (await self.connection.execute(select(*_COLUMNS).where(*self._is_live(link)))).first()
        return None if row is None else await self._open(row)

    async def claim(self, link: str) -> LinkUndo | None:
        """Use a mailed link up by one statement; None when it was used, void or too old."""
        row = (
            await self.connection.execute(
                update(link_undo)
                .where(*self._is_live(link))
                .values(used_at=self.now)
                .returning(*_COLUMNS)
            )
        ).first()
        return None if row is None else await self._open(row)

    async def void_for(self, customer: UUID) -> None:
        """Make every link that was mailed for a customer unusable."""
        await self.connection.execute(
            update(link_undo)
            .where(
                link_undo.c.customer == customer,
                link_undo.c.used_at.is_(None),
                link_undo.c.void_at.is_(None),
            )
            .values(void_at=self.now)
        )

    async def end_since(self, customer: UUID, since: datetime) -> list[LinkUndo]:
        """Give what was linked and unlinked since then, oldest first; no mail undoes it any more.

        What was undone by its mail before is not among it.
        """
        columns = link_undo.c
        rows = await self.connection.execute(
            update(link_undo)
            .where(
                columns.customer == customer,
                columns.created_at >= since,
                columns.used_at.is_(None),
                columns.void_at.is_(None),
            )
            .values(void_at=self.now)
            .returning(*_COLUMNS, columns.created_at)
        )
        ended = sorted(rows.all(), key=lambda row: (row.created_at, row.id))
        return [await self._open(row) for row in ended]

    def _is_live(self, link: str) -> tuple[ColumnElement[bool], ...]:
        return (
            link_undo.c.link_hash == hash_secret(link),
            link_undo.c.used_at.is_(None),
            link_undo.c.void_at.is_(None),
            link_undo.c.expires_at > self.now,
        )

    async def _open(self, row: Any) -> LinkUndo:  # noqa: ANN401 - a row of _COLUMNS
        opened = await self.open_for(row.customer, _TABLE, "identity", row.id, row.sealed_identity)
        return LinkUndo(row.customer, row.act, from_json(opened))


_COLUMNS = (link_undo.c.id, link_undo.c.customer, link_undo.c.act, link_undo.c.sealed_identity)
