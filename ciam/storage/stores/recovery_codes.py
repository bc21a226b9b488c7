"""Recovery codes: only keyed hashes are kept, and each is claimed by one statement (C-09).

The hash is under the customer's own key: nobody has the codes to hash them anew, so a key that
rotates would have to stay for ever. Codes of earlier versions are under an index key.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from ciam.identifiers import new_id
from ciam.sealing import SealingKey, keyed_hash
from ciam.storage.stores.store import Store
from ciam.storage.tables.customers import recovery_code

_HASHED: Final = "recovery code"


class RecoveryCodeStore(Store):
    """Recovery codes of customers."""

    async def replace_all(self, customer: UUID, codes: Sequence[str]) -> None:
        """Keep the hashes of these codes alone."""
        await self.remove_all(customer)
        key = await self.stores.customer_keys.get(customer)
        await self.connection.execute(
            insert(recovery_code),
            [
                {
                    "id": new_id(),
                    "customer": customer,
                    "code_hash": _hash(key, customer, code),
                    "created_at": self.now,
                }
                for code in codes
            ],
        )

    async def use(self, customer: UUID, code: str) -> bool:
        """Claim a code by one statement; False when it is wrong or was used."""
        key = await self.stores.customer_keys.get(customer)
        hashes = self.index_hashes(_HASHED, str(customer), code)
        used = await self.connection.execute(
            update(recovery_code)
            .where(
                recovery_code.c.customer == customer,
                recovery_code.c.code_hash.in_([_hash(key, customer, code), *hashes]),
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

    async def count_behind(self) -> int:
        """Count unused codes of an earlier release, under an index key older than the newest.

        They cannot be hashed anew: that key is needed until their owners have new ones.
        """
        newest = self.stores.keys.index.newest.version
        found = await self.connection.scalar(
            select(func.count())
            .select_from(recovery_code)
            .where(recovery_code.c.used_at.is_(None), recovery_code.c.key_version < newest)
        )
        return int(found or 0)

    async def remove_all(self, customer: UUID) -> None:
        """Forget every code of a customer, used or not."""
        await self.connection.execute(
            delete(recovery_code).where(recovery_code.c.customer == customer)
        )


def _hash(key: SealingKey, customer: UUID, code: str) -> bytes:
    return keyed_hash(key, _HASHED, str(customer), code)
