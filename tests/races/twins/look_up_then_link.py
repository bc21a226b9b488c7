"""A link that trusts the look-up before it, where nothing in the database makes it unique."""

from uuid import UUID

from ciam.identifiers import new_id
from ciam.storage.stores.external_identities import (
    SUBJECTS,
    ExternalIdentity,
    ExternalIdentityStore,
)
from ciam.storage.tables.customers import external_identity
from tests.races.twins.apart import reading_apart


async def _link(
    self: ExternalIdentityStore,
    customer: UUID,
    issuer: str,
    subject: str,
    *,
    connection: str,
    label: str = "",
) -> ExternalIdentity | None:
    async with reading_apart(self.connection):
        if await self.find(issuer, subject) is not None:
            return None
    row, now = new_id(), self.now
    await self.connection.execute(
        self.insert(external_identity).values(
            id=row,
            customer=customer,
            issuer=issuer,
            sealed_subject=b"",
            connection=connection,
            linked_at=now,
        )
    )
    await SUBJECTS.claim(self, row, issuer, subject, str(row))
    return ExternalIdentity(row, customer, issuer, subject, connection, now, None, label)


def install() -> None:
    """Put the twin in its place."""
    ExternalIdentityStore.link = _link  # type: ignore[method-assign]  # that is what a twin is
