"""Recovery codes: only keyed hashes are kept, and each is claimed by one statement (C-09)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from ciam.identifiers import new_id
from ciam.storage.stores.store import Store
from ciam.storage.tables.customers import recovery_code


class RecoveryCodeStore(Store):
    """Recovery codes of customers."""

    async def replace_all(self, customer: UUID, codes: Sequence[str]) -> None:
        """Keep the hashes of these codes alone."""
        await self.remove_all(customer)
        await self.connection.execute(
            insert(recovery_code),
            [
                {
                    "id": new_id(),
                    "customer": customer,
                    "code_hash": self.index_hash("recovery code", str(customer), code),
                    "created_at": self.now,
                }
                for code in codes
            ],
        )

    async def use(self, customer: UUID, code: str) -> bool:
        """Claim a code by one statement; False when it is wrong or was used."""
        used = await self.connection.execute(
            update(recovery_code)
            .where(
                recovery_code.c.customer == customer,
                recovery_code.c.code_hash.in_(
                    self.index_hashes("recovery code", str(customer), code)
                ),
                recovery_code.c.used_at.is_(None),
            )
            .values(used_at=self.now)
            .returning(recovery_code.c.id)
        )
        return used.first() is not None

    async def remove_since(self, customer: UUID, since: datetime) -> None:
        """Forget the codes that were made since then."""
        await self.connection.execute(
            delete(recovery_code).where(
                recovery_code.c.customer == customer, recovery_code.c.created_at >= since
            )
        )

    async def count_left(self, customer: UUID) -> int:
        """Give how many may still be used."""
        left = await self.connection.scalar(
            select(func.count())
            .select_from(recovery_code)
            .where(recovery_code.c.customer == customer, recovery_code.c.used_at.is_(None))
        )
        return int(left or 0)

    async def remove_all(self, customer: UUID) -> None:
        """Forget every code of a customer, used or not."""
        await self.connection.execute(
            delete(recovery_code).where(recovery_code.c.customer == customer)
        )
