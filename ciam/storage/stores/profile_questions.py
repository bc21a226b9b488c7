"""What customers were asked at sign-ins: how often they signed in, to what they said not now."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from ciam.storage.stores.store import Store
from ciam.storage.tables.customers import profile_question, sign_in_count


class ProfileQuestionStore(Store):
    """Questions at sign-ins."""

    async def count_sign_in(self, customer: UUID) -> None:
        """Count a sign-in that is complete. The caller holds the customer's lock."""
        await self.connection.execute(
            self.insert(sign_in_count)
            .values(customer=customer, sign_ins=1)
            .on_conflict_do_update(
                index_elements=["customer"], set_={"sign_ins": sign_in_count.c.sign_ins + 1}
            )
        )

    async def find_count(self, customer: UUID) -> int:
        """Give how many sign-ins were counted."""
        found: int | None = await self.connection.scalar(
            select(sign_in_count.c.sign_ins).where(sign_in_count.c.customer == customer)
        )
        return found or 0

    async def note_skipped(self, customer: UUID, attribute: str) -> None:
        """Note that they do not want to answer now."""
        values = {"skipped_at": self.now}
        await self.connection.execute(
            self.insert(profile_question)
            .values(customer=customer, attribute=attribute, **values)
            .on_conflict_do_update(index_elements=["customer", "attribute"], set_=values)
        )

    async def list_skipped(self, customer: UUID) -> dict[str, datetime]:
        """Give what they did not want to answer, and when."""
        columns = profile_question.c
        rows = await self.connection.execute(
            select(columns.attribute, columns.skipped_at).where(columns.customer == customer)
        )
        return {row.attribute: row.skipped_at for row in rows}

    async def forget(self, customer: UUID, attribute: str) -> None:
        """Forget a not now: the question was answered."""
        columns = profile_question.c
        await self.connection.execute(
            delete(profile_question).where(
                columns.customer == customer, columns.attribute == attribute
            )
        )
