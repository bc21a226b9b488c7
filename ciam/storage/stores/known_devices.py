"""Devices on which a customer has signed in before; each names itself by a secret in a cookie."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, exists, insert, select, update

from ciam.identifiers import hash_secret, new_id
from ciam.storage.prepared import Prepared
from ciam.storage.stores.store import Store
from ciam.storage.tables.sessions import known_device

_HAS_ANY = Prepared(
    select(exists().where(known_device.c.customer == bindparam("customer")).label("has_any"))
)
_ADD = Prepared(
    insert(known_device),
    values=("id", "customer", "secret_hash", "created_at", "last_used_at", "expires_at"),
)


class KnownDeviceStore(Store):
    """Devices on which a customer has signed in before."""

    async def find_known(self, customer: UUID, secrets: Sequence[str]) -> str | None:
        """Give the one of these secrets by which this customer's device is known, and counts."""
        columns = known_device.c
        hashes = {hash_secret(secret): secret for secret in secrets}
        found = await self.connection.scalar(
            select(columns.secret_hash).where(
                columns.secret_hash.in_(list(hashes)),
                columns.customer == customer,
                columns.revoked_at.is_(None),
                columns.expires_at > self.now,
            )
        )
        return None if found is None else hashes[found]

    async def is_known(self, customer: UUID, secret: str) -> bool:
        """Tell whether this device has signed in to this customer before, and still counts."""
        return await self.find_known(customer, [secret]) is not None

    async def has_any(self, customer: UUID) -> bool:
        """Tell whether a customer has signed in on any device before."""
        return bool((await self.connection.first(_HAS_ANY, {"customer": customer})).has_any)

    async def replace(
        self, customer: UUID, old: str | None, new: str, *, expires_at: datetime
    ) -> None:
        """Remember this device under a new secret; the old one no longer counts."""
        now = self.now
        if old is not None:
            await self.connection.execute(
                update(known_device)
                .where(
                    known_device.c.secret_hash == hash_secret(old),
                    known_device.c.customer == customer,
                )
                .values(revoked_at=now)
            )
        await self.connection.all(
            _ADD,
            {
                "id": new_id(),
                "customer": customer,
                "secret_hash": hash_secret(new),
                "created_at": now,
                "last_used_at": now,
                "expires_at": expires_at,
            },
        )

    async def revoke_all(self, customer: UUID) -> None:
        """Forget every device of a customer."""
        await self.connection.execute(
            update(known_device)
            .where(known_device.c.customer == customer, known_device.c.revoked_at.is_(None))
            .values(revoked_at=self.now)
        )
