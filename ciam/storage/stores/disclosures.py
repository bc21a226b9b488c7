"""The ledger of what was released to whom: names of claims, never their values.

One row for each (customer, client, items, basis, channel). The first release is a row before the
reply; repeats only raise its counter.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from ciam.identifiers import new_id
from ciam.storage.ledger_counts import DisclosureKey, Repeats
from ciam.storage.stores.store import Store, to_json
from ciam.storage.tables.consent import disclosure


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What one client received on one basis by one channel, and how often."""

    id: UUID
    customer: UUID
    client: UUID
    items: tuple[str, ...]
    basis: UUID
    channel: str
    first_at: datetime
    last_at: datetime
    count: int


class DisclosureStore(Store):
    """The ledger of what was released to whom."""

    def __init__(self, stores: Any) -> None:  # noqa: ANN401 - the catalogue would be a cycle
        """Begin without any row of this unit of work."""
        super().__init__(stores)
        self._first: set[DisclosureKey] = set()

    async def note(self, key: DisclosureKey) -> bool:
        """Write a release; False when this unit of work wrote the row first.

        True means that the row was there before, committed: repeats may be counted in memory.
        """
        now = self.now
        columns = disclosure.c
        row = (
            await self.connection.execute(
                self.insert(disclosure)
                .values(
                    id=new_id(),
                    customer=key.customer,
                    client=key.client,
                    items=list(key.items),
                    items_hash=_hash(key.items),
                    basis=key.basis,
                    channel=key.channel,
                    first_at=now,
                    last_at=now,
                    count=1,
                )
                .on_conflict_do_update(
                    index_elements=["customer", "client", "items_hash", "basis", "channel"],
                    set_={"count": columns.count + 1, "last_at": now},
                )
                .returning(columns.count)
            )
        ).one()
        if row.count == 1:
            self._first.add(key)
        return key not in self._first

    async def has(self, key: DisclosureKey) -> bool:
        """Tell whether the row of a release is there."""
        return await self.connection.scalar(select(disclosure.c.id).where(_is(key))) is not None

    async def add_repeats(self, repeats: Mapping[DisclosureKey, Repeats]) -> list[DisclosureKey]:
        """Add repeats to their rows; give the keys whose row is gone."""
        gone = []
        for key, repeat in sorted(repeats.items(), key=lambda item: _order(item[0])):
            columns = disclosure.c
            updated = await self.connection.execute(
                update(disclosure)
                .where(_is(key))
                .values(count=columns.count + repeat.count, last_at=repeat.last_at)
                .returning(columns.id)
            )
            if updated.first() is None:
                gone.append(key)
        return gone

    async def list_for(self, customer: UUID, client: UUID | None = None) -> list[Disclosure]:
        """Give what was released of a customer, the latest first."""
        columns = disclosure.c
        query = (
            select(
                columns.id,
                columns.customer,
                columns.client,
                columns["items"],
                columns.basis,
                columns.channel,
                columns.first_at,
                columns.last_at,
                columns["count"],
            )
            .where(columns.customer == customer)
            .order_by(columns.last_at.desc(), columns.id)
        )
        if client is not None:
            query = query.where(columns.client == client)
        rows = (await self.connection.execute(query)).all()
        return [Disclosure(*row[:3], tuple(row[3]), *row[4:]) for row in rows]


def _hash(items: tuple[str, ...]) -> bytes:
    return hashlib.sha256(to_json(list(items))).digest()


def _is(key: DisclosureKey) -> Any:  # noqa: ANN401 - a condition of SQLAlchemy
    columns = disclosure.c
    return (
        (columns.customer == key.customer)
        & (columns.client == key.client)
        & (columns.items_hash == _hash(key.items))
        & (columns.basis == key.basis)
        & (columns.channel == key.channel)
    )


def _order(key: DisclosureKey) -> tuple[str, ...]:
    """Order rows alike in every process, so that two flushes never wait for each other."""
    return (str(key.customer), str(key.client), str(key.basis), key.channel, *key.items)
