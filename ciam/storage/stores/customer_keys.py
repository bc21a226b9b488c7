"""Data keys of customers: one each from the first insert, wrapped by the master key.

Destroying the key makes every sealed value of that customer unreadable, in backups too, as long as
the key store is not kept beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, insert, select, update

from ciam.errors import CiamError
from ciam.sealing import SealingKey, new_key, place, seal, unseal
from ciam.storage.prepared import Prepared
from ciam.storage.stores.store import Store
from ciam.storage.tables.keys import customer_key

if TYPE_CHECKING:
    from uuid import UUID

    from ciam.storage.stores.catalogue import Stores

_GET: Final = Prepared(
    select(customer_key.c.wrapped_key).where(customer_key.c.customer == bindparam("of"))
)
_DESTROYED: Final = "the data key of this customer was destroyed or never made"


class CustomerKeyDestroyed(CiamError):
    """The customer was erased: what was sealed for them can never be read again."""


class CustomerKeyStore(Store):
    """Data keys of customers, wrapped by the master key; opened ones last for the unit of work."""

    def __init__(self, stores: Stores) -> None:
        """Begin with no opened key."""
        super().__init__(stores)
        self._opened: dict[UUID, SealingKey] = {}
        self._missing: set[UUID] = set()

    async def create(self, customer: UUID) -> SealingKey:
        """Make the data key of a new customer, in the transaction that inserts the customer."""
        key = new_key()
        await self.connection.execute(
            insert(customer_key).values(
                customer=customer, wrapped_key=self._wrap(customer, key), created_at=self.now
            )
        )
        self._opened[customer] = key
        self._missing.discard(customer)
        return key

    async def get(self, customer: UUID) -> SealingKey:
        """Give the data key; raise CustomerKeyDestroyed when there is none any more."""
        if customer in self._opened:
            return self._opened[customer]
        if customer in self._missing:  # asked once, like one that is there
            raise CustomerKeyDestroyed(_DESTROYED)
        row = await self.connection.first(_GET, {"of": customer})
        wrapped = None if row is None else row.wrapped_key
        if wrapped is None:
            self._missing.add(customer)
            raise CustomerKeyDestroyed(_DESTROYED)
        at = place("customer_key", "wrapped_key", customer)
        key = SealingKey(1, unseal(self.stores.keys.master, wrapped, at))
        self._opened[customer] = key
        return key

    async def destroy(self, customer: UUID) -> None:
        """Destroy the data key; everything sealed with it is unreadable from now on."""
        await self.connection.execute(
            update(customer_key)
            .where(customer_key.c.customer == customer)
            .values(wrapped_key=None, destroyed_at=self.now)
        )
        self._opened.pop(customer, None)

    def _wrap(self, customer: UUID, key: SealingKey) -> bytes:
        at = place("customer_key", "wrapped_key", customer)
        return seal(self.stores.keys.master.newest, key.secret, at)
