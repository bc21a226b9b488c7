"""Customers and their states: the row that everything else hangs on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, insert, select, update

from ciam.identifiers import CustomerId, new_customer_id, new_id
from ciam.storage.prepared import Prepared
from ciam.storage.stores.store import Store
from ciam.storage.tables.customers import customer

ACTIVE = "active"
DISABLED = "disabled"
MERGED = "merged"
ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Customer:
    """A person. `id` is internal, `customer_id` is what our own APIs show."""

    id: UUID
    customer_id: CustomerId
    state: str
    language: str | None
    created_at: datetime
    credential_epoch: int
    merged_into: UUID | None

    @property
    def is_active(self) -> bool:
        """Whether this customer may sign in."""
        return self.state == ACTIVE


class CustomerStore(Store):
    """Customers and their states."""

    async def insert_new(self, *, language: str | None) -> Customer:
        """Insert an active customer with a data key of their own."""
        made = Customer(new_id(), new_customer_id(), ACTIVE, language, self.now, 0, None)
        await self.stores.customer_keys.create(made.id)
        await self.connection.execute(
            insert(customer).values(
                id=made.id,
                customer_id=made.customer_id,
                state=made.state,
                state_since=made.created_at,
                language=made.language,
                created_at=made.created_at,
            )
        )
        return made

    async def find(self, internal_id: UUID) -> Customer | None:
        """Give the customer of an internal id."""
        return _read(await self.connection.first(_FIND, {"customer": internal_id}))

    async def find_by_customer_id(self, customer_id: str) -> Customer | None:
        """Give the customer of a public ID, in whatever state."""
        return _read(await self.connection.first(_FIND_PUBLIC, {"customer_id": customer_id}))

    async def lock(self, internal_id: UUID) -> Customer | None:
        """Give the customer and hold the row until the end (lock order: customer, grant, token).

        Rows that refer to the customer may still be added: their foreign keys must not wait for
        this lock while they hold a grant's. On SQLite a writing unit of work is alone anyway.
        """
        return _read(await self.connection.first(_LOCK, {"customer": internal_id}))

    async def set_state(self, internal_id: UUID, state: str, *, was: str) -> bool:
        """Move from one state to another by one statement; False when it was not in `was`."""
        changed = await self.connection.execute(
            update(customer)
            .where(customer.c.id == internal_id, customer.c.state == was)
            .values(state=state, state_since=self.now)
            .returning(customer.c.id)
        )
        return changed.first() is not None

    async def set_language(self, internal_id: UUID, language: str) -> None:
        """Keep the language for pages and mails (BCP 47)."""
        await self.connection.execute(
            update(customer).where(customer.c.id == internal_id).values(language=language)
        )

    async def raise_credential_epoch(self, internal_id: UUID) -> int:
        """Count one more credential event; a sign-in that began before it must not finish."""
        raised: int | None = await self.connection.scalar(
            update(customer)
            .where(customer.c.id == internal_id)
            .values(credential_epoch=customer.c.credential_epoch + 1)
            .returning(customer.c.credential_epoch)
        )
        if raised is None:
            msg = "no such customer"
            raise LookupError(msg)
        return raised


def _read(row: Any) -> Customer | None:  # noqa: ANN401 - a row of _select
    return None if row is None else Customer(*row)


def _select() -> Select[Any]:
    columns = customer.c
    return select(
        columns.id,
        columns.customer_id,
        columns.state,
        columns.language,
        columns.created_at,
        columns.credential_epoch,
        columns.merged_into,
    )


# Made once: to build such a statement takes longer than to run it.
_FIND = Prepared(_select().where(customer.c.id == bindparam("customer")))
_FIND_PUBLIC = Prepared(_select().where(customer.c.customer_id == bindparam("customer_id")))
_LOCK = Prepared(
    _select().where(customer.c.id == bindparam("customer")).with_for_update(key_share=True)
)
