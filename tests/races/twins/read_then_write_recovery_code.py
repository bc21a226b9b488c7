"""A recovery code that is looked up, and marked as used then."""

from uuid import UUID

from sqlalchemy import select, update

from ciam.storage.stores.recovery_codes import RecoveryCodeStore, _hash
from ciam.storage.tables.customers import recovery_code
from tests.races.twins.apart import reading_apart


async def _use(self: RecoveryCodeStore, customer: UUID, code: str) -> bool:
    columns = recovery_code.c
    key = await self.stores.customer_keys.get(customer)
    is_it = columns.code_hash == _hash(key, customer, code)
    async with reading_apart(self.connection):
        found = await self.connection.execute(
            select(columns.id).where(columns.customer == customer, is_it, columns.used_at.is_(None))
        )
        row = found.scalar()
    if row is None:
        return False
    await self.connection.execute(
        update(recovery_code).where(columns.id == row).values(used_at=self.now)
    )
    return True


def install() -> None:
    """Put the twin in its place."""
    RecoveryCodeStore.use = _use  # type: ignore[method-assign]  # that is what a twin is
