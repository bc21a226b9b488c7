"""The outbox: background work, written by the transaction that causes it.

A worker claims rows by one statement, carries them out, and marks them done; a claim that runs out
is taken again, so every job is carried out at least once and has to be idempotent. Rows are found
by "due and not done", never by "after the last id": ids of a late commit would be skipped.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, delete, exists, func, insert, or_, select, update

from ciam.identifiers import new_id
from ciam.sealing import SealBroken
from ciam.storage.prepared import Prepared
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.outbox import outbox, outbox_cause

_PUT = Prepared(insert(outbox), values=("id", "kind", "sealed_payload", "created_at", "due_at"))


@dataclass(frozen=True, slots=True)
class OutboxJob:
    """A claimed row: what to do, with what, and how often it was tried before."""

    id: UUID
    kind: str
    payload: dict[str, Any] = field(repr=False)
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OutboxState:
    """What waits, since when, and what was given up, by kind."""

    waiting: int
    oldest_due_at: datetime | None
    failed: dict[str, int]


class OutboxStore(Store):
    """Background work, put here by the transaction that causes it."""

    async def put(
        self,
        kind: str,
        payload: dict[str, Any],
        *,
        due_at: datetime | None = None,
        cause: UUID | None = None,
    ) -> UUID:
        """Write a job; `cause` is the audit event that stands beside it."""
        row, now = new_id(), self.now
        await self.connection.all(
            _PUT,
            {
                "id": row,
                "kind": kind,
                "sealed_payload": self.seal_record("outbox", "payload", row, to_json(payload)),
                "created_at": now,
                "due_at": due_at or now,
            },
        )
        if cause is not None:
            await self.connection.execute(insert(outbox_cause).values(outbox=row, event=cause))
        self.stores.has_filled_outbox = True
        return row

    async def has_due(self, kinds: Collection[str]) -> bool:
        """Tell whether a job of these kinds could be claimed now."""
        return bool(await self.connection.scalar(select(exists(self._due(kinds)))))

    async def claim(
        self,
        worker: str,
        *,
        limit: int,
        duration: timedelta,
        kinds: Collection[str] | None = None,
    ) -> list[OutboxJob]:
        """Claim due jobs for a worker by one statement, oldest first.

        Only of these kinds, when given: a newer node may write what an older one does not know. A
        job whose payload does not open is given up here, or it would hold back all others.
        """
        due = self._due(kinds).order_by(outbox.c.due_at, outbox.c.id).limit(limit)
        if not self.stores.is_sqlite:
            due = due.with_for_update(skip_locked=True)
        rows = await self.connection.execute(
            update(outbox)
            .where(outbox.c.id.in_(due.scalar_subquery()))
            .values(
                claimed_by=worker,
                claimed_until=self.now + duration,
                attempts=outbox.c.attempts + 1,
            )
            .returning(
                outbox.c.id,
                outbox.c.kind,
                outbox.c.sealed_payload,
                outbox.c.attempts,
                outbox.c.created_at,
            )
        )
        jobs = []
        for row in rows.all():
            try:
                opened = self.open_record("outbox", "payload", row.id, row.sealed_payload)
            except SealBroken as error:
                await self.give_up(row.id, error=type(error).__name__)
                continue
            payload = from_json(opened)
            jobs.append(OutboxJob(row.id, row.kind, payload, row.attempts, row.created_at))
        return sorted(jobs, key=lambda job: (job.created_at, job.id))

    async def mark_done(self, job: UUID) -> None:
        """Note that a job was carried out; its payload is dropped."""
        await self.connection.execute(
            update(outbox)
            .where(outbox.c.id == job, outbox.c.done_at.is_(None))
            .values(done_at=self.now, sealed_payload=b"", claimed_until=None)
        )

    async def put_back(self, job: UUID, *, due_at: datetime, error: str) -> None:
        """Try a job again later; `error` is the class of what went wrong, never its text."""
        await self.connection.execute(
            update(outbox)
            .where(outbox.c.id == job)
            .values(due_at=due_at, claimed_until=None, last_error=error[:200])
        )

    async def give_up(self, job: UUID, *, error: str) -> None:
        """Stop trying; the job stays for an operator to look at."""
        await self.connection.execute(
            update(outbox)
            .where(outbox.c.id == job)
            .values(failed_at=self.now, claimed_until=None, last_error=error[:200])
        )

    async def count_waiting(self) -> int:
        """Count the jobs that are due and not done."""
        waiting = await self.connection.scalar(
            select(func.count()).where(
                and_(
                    outbox.c.done_at.is_(None),
                    outbox.c.failed_at.is_(None),
                    outbox.c.due_at <= self.now,
                )
            )
        )
        return waiting or 0

    async def describe(self) -> OutboxState:
        """Tell how much waits, since when, and what was given up."""
        oldest = await self.connection.scalar(
            select(outbox.c.due_at)
            .where(outbox.c.done_at.is_(None), outbox.c.failed_at.is_(None))
            .order_by(outbox.c.due_at)
            .limit(1)
        )
        failed = await self.connection.execute(
            select(outbox.c.kind, func.count())
            .where(outbox.c.failed_at.is_not(None))
            .group_by(outbox.c.kind)
        )
        return OutboxState(await self.count_waiting(), oldest, {row[0]: row[1] for row in failed})

    async def purge(self, *, done_before: datetime, failed_before: datetime) -> int:
        """Delete what was done or given up before then; the payload of the latter is kept so long.

        Gives how many rows.
        """
        deleted = await self.connection.execute(
            delete(outbox).where(
                or_(outbox.c.done_at < done_before, outbox.c.failed_at < failed_before)
            )
        )
        return deleted.rowcount

    def _due(self, kinds: Collection[str] | None) -> Select[tuple[UUID]]:
        now = self.now
        due = select(outbox.c.id).where(
            outbox.c.done_at.is_(None),
            outbox.c.failed_at.is_(None),
            outbox.c.due_at <= now,
            or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= now),
        )
        return due if kinds is None else due.where(outbox.c.kind.in_(kinds))
