"""Notices and their versions; the operator names the version, and what was published stays."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from ciam.identifiers import new_id
from ciam.storage.stores.store import Store
from ciam.storage.tables.consent import notice, notice_version


@dataclass(frozen=True, slots=True)
class NoticeVersion:
    """One version of a notice, with the document an operator wrote."""

    id: UUID
    notice: UUID
    key: str
    version: str
    document: dict[str, Any] = field(repr=False)
    document_hash: bytes = field(repr=False)
    asks_again: bool
    effective_from: datetime
    recorded_at: datetime
    retired_at: datetime | None


class NoticeStore(Store):
    """Notices and their versions."""

    async def list_versions(self, key: str | None = None) -> list[NoticeVersion]:
        """Give every version, oldest first within a notice; of one notice or of all."""
        query = (
            select(
                notice_version.c.id,
                notice_version.c.notice,
                notice.c.key,
                notice_version.c.version,
                notice_version.c.document,
                notice_version.c.document_hash,
                notice_version.c.asks_again,
                notice_version.c.effective_from,
                notice_version.c.recorded_at,
                notice.c.retired_at,
            )
            .join(notice, notice.c.id == notice_version.c.notice)
            .order_by(notice.c.id, notice_version.c.effective_from, notice_version.c.id)
        )
        if key is not None:
            query = query.where(notice.c.key == key)
        rows: list[Any] = list(await self.connection.execute(query))
        return [NoticeVersion(*row) for row in rows]

    async def put_notice(self, key: str, *, managed_by: str) -> UUID:
        """Give the row of a notice, made or brought back from retirement if needed."""
        row: UUID | None = await self.connection.scalar(
            self.insert(notice)
            .values(id=new_id(), key=key, managed_by=managed_by, created_at=self.now)
            .on_conflict_do_update(
                index_elements=["key"], set_={"managed_by": managed_by, "retired_at": None}
            )
            .returning(notice.c.id)
        )
        if row is None:  # pragma: no cover - RETURNING always answers an upsert
            raise LookupError(key)
        return row

    async def add_version(
        self,
        notice_id: UUID,
        version: str,
        document: dict[str, Any],
        *,
        document_hash: bytes,
        asks_again: bool,
        effective_from: datetime,
    ) -> UUID:
        """Add a version; the unique name makes two texts of one version impossible."""
        row = new_id()
        await self.connection.execute(
            insert(notice_version).values(
                id=row,
                notice=notice_id,
                version=version,
                document=document,
                document_hash=document_hash,
                asks_again=asks_again,
                effective_from=effective_from,
                recorded_at=self.now,
            )
        )
        return row

    async def retire(self, key: str) -> bool:
        """Stop asking for a notice; its versions and receipts stay. False: it was not there."""
        retired = await self.connection.execute(
            update(notice)
            .where(notice.c.key == key, notice.c.retired_at.is_(None))
            .values(retired_at=self.now)
            .returning(notice.c.id)
        )
        return retired.first() is not None
