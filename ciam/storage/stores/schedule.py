"""Claims of scheduled jobs, and leases of what only one process may do at a time."""

from datetime import datetime, timedelta

from sqlalchemy import delete

from ciam.storage.stores.store import Store
from ciam.storage.tables.outbox import lease, schedule_claim


class ScheduleStore(Store):
    """Claims of scheduled jobs, and leases."""

    async def claim(self, job: str, due_at: datetime, worker: str) -> bool:
        """Claim one due time of a job; False when another worker has it."""
        claimed = await self.connection.execute(
            self.insert(schedule_claim)
            .values(job=job, due_at=due_at, claimed_by=worker)
            .on_conflict_do_nothing()
            .returning(schedule_claim.c.job)
        )
        return claimed.first() is not None

    async def purge(self, before: datetime) -> None:
        """Forget claims of long ago."""
        await self.connection.execute(
            delete(schedule_claim).where(schedule_claim.c.due_at < before)
        )

    async def take_lease(self, name: str, holder: str, duration: timedelta) -> bool:
        """Take or renew a lease in one statement; False while another holder has it."""
        now = self.now
        taken = await self.connection.execute(
            self.insert(lease)
            .values(name=name, holder=holder, until=now + duration)
            .on_conflict_do_update(
                index_elements=["name"],
                set_={"holder": holder, "until": now + duration},
                where=(lease.c.holder == holder) | (lease.c.until <= now),
            )
            .returning(lease.c.name)
        )
        return taken.first() is not None
