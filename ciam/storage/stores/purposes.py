"""Purposes and their versions: a changed document is a new version, an old one is never touched."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from ciam.identifiers import new_id
from ciam.storage.stores.store import Store
from ciam.storage.tables.consent import purpose, purpose_version


@dataclass(frozen=True, slots=True)
class PurposeVersion:
    """One version of a purpose, with the document an operator wrote."""

    id: UUID
    purpose: UUID
    key: str
    version: int
    document: dict[str, Any] = field(repr=False)
    document_hash: bytes = field(repr=False)
    lawful_basis: str
    asks_again: bool
    effective_from: datetime
    recorded_at: datetime
    retired_at: datetime | None


class PurposeStore(Store):
    """Purposes and their versions."""

    async def list_versions(self, key: str | None = None) -> list[PurposeVersion]:
        """Give every version, oldest first within a purpose; of one purpose or of all."""
        query = (
            select(
                purpose_version.c.id,
                purpose_version.c.purpose,
                purpose.c.key,
                purpose_version.c.version,
                purpose_version.c.document,
                purpose_version.c.document_hash,
                purpose_version.c.lawful_basis,
                purpose_version.c.asks_again,
                purpose_version.c.effective_from,
                purpose_version.c.recorded_at,
                purpose.c.retired_at,
            )
            .join(purpose, purpose.c.id == purpose_version.c.purpose)
            .order_by(purpose.c.id, purpose_version.c.version)
        )
        if key is not None:
            query = query.where(purpose.c.key == key)
        return [PurposeVersion(*row) for row in await self.connection.execute(query)]

    async def put_purpose(self, key: str, *, managed_by: str) -> UUID:
        """Give the row of a purpose, made or brought back from retirement if needed."""
        row: UUID | None = await self.connection.scalar(
            self.insert(purpose)
            .values(id=new_id(), key=key, managed_by=managed_by, created_at=self.now)
            .on_conflict_do_update(
                index_elements=["key"], set_={"managed_by": managed_by, "retired_at": None}
            )
            .returning(purpose.c.id)
        )
        if row is None:  # pragma: no cover - RETURNING always answers an upsert
            raise LookupError(key)
        return row

    async def add_version(
        self,
        purpose_id: UUID,
        version: int,
        document: dict[str, Any],
        *,
        document_hash: bytes,
        lawful_basis: str,
        asks_again: bool,
        effective_from: datetime,
    ) -> UUID:
        """Add a version; the unique number makes two writers of one version impossible."""
        row = new_id()
        await self.connection.execute(
            insert(purpose_version).values(
                id=row,
                purpose=purpose_id,
                version=version,
                document=document,
                document_hash=document_hash,
                lawful_basis=lawful_basis,
                asks_again=asks_again,
                effective_from=effective_from,
                recorded_at=self.now,
            )
        )
        return row

    async def retire(self, key: str) -> bool:
        """Stop asking for a purpose; its versions and receipts stay. False: it was not there."""
        retired = await self.connection.execute(
            update(purpose)
            .where(purpose.c.key == key, purpose.c.retired_at.is_(None))
            .values(retired_at=self.now)
            .returning(purpose.c.id)
        )
        return retired.first() is not None
