"""(issuer, subject) at social providers: the only key of a social identity, never its e-mail."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, delete, insert, select, update

from ciam.identifiers import new_id
from ciam.storage.stores.blind_index import BlindIndex
from ciam.storage.stores.store import Store
from ciam.storage.tables.customers import external_identity, external_identity_index

SUBJECTS: Final = BlindIndex(
    external_identity_index, external_identity_index.c.external_identity, "external_identity"
)


@dataclass(frozen=True, slots=True)
class ExternalIdentity:
    """A customer as a provider knows them (OIDC Core §2: `iss` and `sub` together)."""

    id: UUID
    customer: UUID
    issuer: str
    subject: str = field(repr=False)
    connection: str
    linked_at: datetime
    last_used_at: datetime | None
    label: str = field(default="", repr=False)


class ExternalIdentityStore(Store):
    """(issuer, subject) at social providers."""

    async def link(
        self, customer: UUID, issuer: str, subject: str, *, connection: str, label: str = ""
    ) -> ExternalIdentity | None:
        """Link by one claim; None when some customer, perhaps this one, has it already.

        `label` is what its owner knows it by: the address or the name there.
        """
        row, now = new_id(), self.now
        await self.connection.execute(
            insert(external_identity).values(
                id=row,
                customer=customer,
                issuer=issuer,
                sealed_subject=await self.seal_for(
                    customer, "external_identity", "subject", row, subject.encode()
                ),
                sealed_label=await self.seal_for(
                    customer, "external_identity", "label", row, label.encode()
                ),
                connection=connection,
                linked_at=now,
            )
        )
        if not await SUBJECTS.claim(self, row, issuer, subject):
            await self.connection.execute(
                delete(external_identity).where(external_identity.c.id == row)
            )
            return None
        await self.stores.provider_tokens.settle(issuer, subject)
        return ExternalIdentity(row, customer, issuer, subject, connection, now, None, label)

    async def find(self, issuer: str, subject: str) -> ExternalIdentity | None:
        """Give the link of a social identity."""
        row = (
            await self.connection.execute(
                _select()
                .join(
                    external_identity_index,
                    external_identity_index.c.external_identity == external_identity.c.id,
                )
                .where(SUBJECTS.is_named(self, issuer, subject))
            )
        ).first()
        return None if row is None else await self._open(row)

    async def find_by_id(self, identity: UUID) -> ExternalIdentity | None:
        """Give a link by the id of its row."""
        row = (
            await self.connection.execute(_select().where(external_identity.c.id == identity))
        ).first()
        return None if row is None else await self._open(row)

    async def list_for(self, customer: UUID) -> list[ExternalIdentity]:
        """Give the social identities of a customer, oldest first."""
        rows = await self.connection.execute(
            _select()
            .where(external_identity.c.customer == customer)
            .order_by(external_identity.c.linked_at, external_identity.c.id)
        )
        return [await self._open(row) for row in rows]

    async def touch(self, identity: UUID) -> None:
        """Note that it was used now."""
        await self.connection.execute(
            update(external_identity)
            .where(external_identity.c.id == identity)
            .values(last_used_at=self.now)
        )

    async def unlink(self, identity: UUID) -> bool:
        """Delete the link by one statement and forget the tokens; False when it was gone.

        Its names in the index go with it.
        """
        deleted = (
            await self.connection.execute(
                delete(external_identity)
                .where(external_identity.c.id == identity)
                .returning(*_COLUMNS)
            )
        ).first()
        if deleted is None:
            return False
        gone = await self._open(deleted)
        await self.stores.provider_tokens.remove(gone.issuer, gone.subject)
        return True

    async def _open(self, row: Any) -> ExternalIdentity:  # noqa: ANN401 - a row of _select
        subject = await self.open_for(
            row.customer, "external_identity", "subject", row.id, row.sealed_subject
        )
        label = b""
        if row.sealed_label is not None:
            label = await self.open_for(
                row.customer, "external_identity", "label", row.id, row.sealed_label
            )
        return ExternalIdentity(
            row.id,
            row.customer,
            row.issuer,
            subject.decode(),
            row.connection,
            row.linked_at,
            row.last_used_at,
            label.decode(),
        )


_COLUMNS = (
    external_identity.c.id,
    external_identity.c.customer,
    external_identity.c.issuer,
    external_identity.c.sealed_subject,
    external_identity.c.sealed_label,
    external_identity.c.connection,
    external_identity.c.linked_at,
    external_identity.c.last_used_at,
)


def _select() -> Select[Any]:
    return select(*_COLUMNS)
