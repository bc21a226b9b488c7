"""What text messages cost and whether codes come back: each step is one statement, so exact."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, or_, select, update

from ciam.storage.stores.store import Store
from ciam.storage.tables.sms import sms_block, sms_day

_KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SmsDay:
    """What left on a day."""

    day: str
    spent: int
    messages: int


class SmsSendingStore(Store):
    """Text messages that left, by block of numbers and by day."""

    async def claim_code(self, block: str, *, judged_after: int, percent: int) -> bool:
        """Count a code to a block before it leaves; False when the block is stopped, or should be.

        After so many codes of which enough came back, the count begins anew.
        """
        columns = sms_block.c
        is_over = columns.codes >= judged_after
        was_stopped = columns.stopped_until.is_not(None)
        begins_anew = or_(is_over, was_stopped)
        claimed = await self.connection.execute(
            self.insert(sms_block)
            .values(block=block, codes=1, used=0, expires_at=self.now + _KEPT)
            .on_conflict_do_update(
                index_elements=["block"],
                set_={
                    "codes": case((begins_anew, 1), else_=columns.codes + 1),
                    "used": case((begins_anew, 0), else_=columns.used),
                    "stopped_until": None,
                    "expires_at": self.now + _KEPT,
                },
                where=or_(
                    columns.stopped_until <= self.now,
                    columns.stopped_until.is_(None)
                    & or_(~is_over, columns.used * 100 >= columns.codes * percent),
                ),
            )
            .returning(columns.block)
        )
        return claimed.first() is not None

    async def stop_block(self, block: str, until: datetime) -> bool:
        """Send a block no codes for a while; False when it is stopped already."""
        columns = sms_block.c
        stopped = await self.connection.execute(
            update(sms_block)
            .where(columns.block == block, columns.stopped_until.is_(None))
            .values(stopped_until=until)
            .returning(columns.block)
        )
        return stopped.first() is not None

    async def is_stopped(self, block: str) -> bool:
        """Tell whether a block gets no codes now."""
        until = await self.connection.scalar(
            select(sms_block.c.stopped_until).where(sms_block.c.block == block)
        )
        return until is not None and until > self.now

    async def note_used(self, block: str) -> None:
        """Note that a code came back."""
        columns = sms_block.c
        await self.connection.execute(
            update(sms_block)
            .where(columns.block == block, columns.used < columns.codes)
            .values(used=columns.used + 1)
        )

    async def spend(self, cost: int, *, budget: int | None) -> bool:
        """Count the cost of a message to the present day (UTC) before it leaves.

        False when it would go over the budget; None: it leaves in any case.
        """
        columns = sms_day.c
        if budget is not None and cost > budget:
            return False
        spent = await self.connection.execute(
            self.insert(sms_day)
            .values(day=self._day, spent=cost, messages=1, expires_at=self.now + _KEPT)
            .on_conflict_do_update(
                index_elements=["day"],
                set_={"spent": columns.spent + cost, "messages": columns.messages + 1},
                where=None if budget is None else columns.spent + cost <= budget,
            )
            .returning(columns.day)
        )
        return spent.first() is not None

    async def take_back(self, cost: int) -> None:
        """Uncount a message that did not leave, in the transaction that counted it."""
        columns = sms_day.c
        await self.connection.execute(
            update(sms_day)
            .where(columns.day == self._day)
            .values(spent=columns.spent - cost, messages=columns.messages - 1)
        )

    async def find_today(self) -> SmsDay:
        """Give what left today (UTC)."""
        columns = sms_day.c
        row = (
            await self.connection.execute(
                select(columns.day, columns.spent, columns.messages).where(columns.day == self._day)
            )
        ).first()
        return SmsDay(self._day, 0, 0) if row is None else SmsDay(*row)

    @property
    def _day(self) -> str:
        return self.now.date().isoformat()
