"""Under which subject each client knows a customer: stored at the first release, never computed."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select

from ciam.identifiers import new_id
from ciam.storage.prepared import Prepared
from ciam.storage.stores.store import Store
from ciam.storage.tables.clients import client_subject


@dataclass(frozen=True, slots=True)
class ClientSubject:
    """The `sub` of a customer at a client."""

    client: UUID
    customer: UUID
    subject: str


_LIST = Prepared(
    select(client_subject.c.client, client_subject.c.customer, client_subject.c.subject).where(
        client_subject.c.customer == bindparam("of"), client_subject.c.alias_since.is_(None)
    )
)


class ClientSubjectStore(Store):
    """Under which subject each client knows a customer."""

    async def list_for(self, customer: UUID) -> list[ClientSubject]:
        """Give the subjects of a customer at every client."""
        rows = await self.connection.all(_LIST, {"of": customer})
        return [ClientSubject(*row) for row in rows]

    async def find_customer(self, client: UUID, subject: str) -> UUID | None:
        """Give the customer whom a client knows by this subject."""
        columns = client_subject.c
        return await self.connection.scalar(
            select(columns.customer).where(columns.client == client, columns.subject == subject)
        )

    async def add(self, client: UUID, customer: UUID, subject: str) -> str:
        """Store a subject; gives the one that stands there, if another request was first."""
        columns = client_subject.c
        await self.connection.execute(
            self.insert(client_subject)
            .values(
                id=new_id(), client=client, customer=customer, subject=subject, created_at=self.now
            )
            .on_conflict_do_nothing()
        )
        stored: str = (
            await self.connection.execute(
                select(columns.subject).where(
                    columns.client == client, columns.customer == customer
                )
            )
        ).scalar_one()
        return stored
