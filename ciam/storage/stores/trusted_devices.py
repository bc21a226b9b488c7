"""Devices that a customer trusts: each names itself by a secret, for as long as nothing changed.

A row counts only under the credential epoch that it was made under, so it is dead with the commit
of any credential event, whether or not somebody revoked it (C-13).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from ciam.identifiers import hash_secret, new_id
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.customers import customer as customer_table
from ciam.storage.tables.sessions import trusted_device

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select

_TABLE = "trusted_device"


@dataclass(frozen=True, slots=True)
class TrustedDevice:
    """A device on which a customer is not asked for the second factor."""

    id: UUID
    customer: UUID
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    user_agent: str = field(default="", repr=False)


class TrustedDeviceStore(Store):
    """Devices that a customer trusts."""

    async def add(
        self, customer: UUID, secret: str, *, epoch: int, expires_at: datetime, user_agent: str
    ) -> UUID:
        """Trust a device; only the hash of its secret is kept."""
        row, now = new_id(), self.now
        context = to_json({"user_agent": user_agent})
        await self.connection.execute(
            insert(trusted_device).values(
                id=row,
                customer=customer,
                secret_hash=hash_secret(secret),
                credential_epoch=epoch,
                created_at=now,
                last_used_at=now,
                expires_at=expires_at,
                sealed_context=await self.seal_for(customer, _TABLE, "context", row, context),
            )
        )
        return row

    async def find(self, customer: UUID, secrets: Sequence[str]) -> TrustedDevice | None:
        """Give the live row of one of these secrets, without the context; None for none."""
        hashes = [hash_secret(secret) for secret in secrets]
        row = (
            await self.connection.execute(
                _select().where(trusted_device.c.secret_hash.in_(hashes), *self._is_live(customer))
            )
        ).first()
        return None if row is None else _record(row)

    async def list_for(self, customer: UUID) -> list[TrustedDevice]:
        """Give the live ones of a customer, the one that was used last first."""
        rows = await self.connection.execute(
            _select()
            .where(*self._is_live(customer))
            .order_by(trusted_device.c.last_used_at.desc(), trusted_device.c.id.desc())
        )
        return [await self._open(row) for row in rows]

    async def touch(self, device: UUID) -> None:
        """Note that it was used now."""
        await self.connection.execute(
            update(trusted_device)
            .where(trusted_device.c.id == device)
            .values(last_used_at=self.now)
        )

    async def revoke(self, customer: UUID, device: UUID) -> bool:
        """Trust a device of a customer no longer, by one statement; False when it was over."""
        revoked = await self.connection.execute(
            update(trusted_device)
            .where(trusted_device.c.id == device, *self._is_live(customer))
            .values(revoked_at=self.now)
            .returning(trusted_device.c.id)
        )
        return revoked.first() is not None

    async def revoke_all(self, customer: UUID) -> int:
        """Trust no device of a customer any longer; gives how many it were."""
        revoked = await self.connection.execute(
            update(trusted_device)
            .where(trusted_device.c.customer == customer, trusted_device.c.revoked_at.is_(None))
            .values(revoked_at=self.now)
            .returning(trusted_device.c.id)
        )
        return len(revoked.all())

    def _is_live(self, customer: UUID) -> tuple[ColumnElement[bool], ...]:
        epoch = (
            select(customer_table.c.credential_epoch)
            .where(customer_table.c.id == customer)
            .scalar_subquery()
        )
        columns = trusted_device.c
        return (
            columns.customer == customer,
            columns.revoked_at.is_(None),
            columns.expires_at > self.now,
            columns.credential_epoch == epoch,
        )

    async def _open(self, row: Any) -> TrustedDevice:  # noqa: ANN401 - a row of _select
        opened = await self.open_for(row.customer, _TABLE, "context", row.id, row.sealed_context)
        return _record(row, user_agent=from_json(opened)["user_agent"])


def _select() -> Select[Any]:
    columns = trusted_device.c
    return select(
        columns.id,
        columns.customer,
        columns.created_at,
        columns.last_used_at,
        columns.expires_at,
        columns.sealed_context,
    )


def _record(row: Any, user_agent: str = "") -> TrustedDevice:  # noqa: ANN401 - a row of _select
    return TrustedDevice(
        row.id, row.customer, row.created_at, row.last_used_at, row.expires_at, user_agent
    )
