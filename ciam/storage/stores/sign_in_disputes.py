"""Links by which the owner of an account says that a sign-in was not theirs; each is used once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from ciam.identifiers import hash_secret, new_id
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.risk import sign_in_dispute

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement

_TABLE = "sign_in_dispute"


@dataclass(frozen=True, slots=True)
class SignInDispute:
    """A sign-in that its owner may disown, as the mail described it; `used_at` when they did."""

    id: UUID
    customer: UUID
    signed_in_at: datetime
    expires_at: datetime
    used_at: datetime | None
    device: str = field(repr=False)
    country: str | None = field(repr=False)


class SignInDisputeStore(Store):
    """Links by which a sign-in is disowned."""

    async def offer(
        self, customer: UUID, token: str, *, device: str, country: str | None, expires_at: datetime
    ) -> None:
        """Keep what the link of a mail that goes out now opens; only the hash of its secret."""
        row = new_id()
        context = to_json({"device": device, "country": country})
        await self.connection.execute(
            insert(sign_in_dispute).values(
                id=row,
                customer=customer,
                token_hash=hash_secret(token),
                signed_in_at=self.now,
                expires_at=expires_at,
                sealed_context=await self.seal_for(customer, _TABLE, "context", row, context),
            )
        )

    async def find(self, token: str) -> SignInDispute | None:
        """Give the sign-in that a link is about, used or not; None when it is too late."""
        columns = sign_in_dispute.c
        row = (
            await self.connection.execute(
                select(
                    columns.id,
                    columns.customer,
                    columns.signed_in_at,
                    columns.expires_at,
                    columns.used_at,
                    columns.sealed_context,
                ).where(*self._is_kept(token))
            )
        ).first()
        return None if row is None else await self._open(row)

    async def claim(self, token: str) -> bool:
        """Use a link up, by one statement; False when it was used before, or is too late."""
        claimed = await self.connection.execute(
            update(sign_in_dispute)
            .where(*self._is_kept(token), sign_in_dispute.c.used_at.is_(None))
            .values(used_at=self.now)
            .returning(sign_in_dispute.c.id)
        )
        return claimed.first() is not None

    def _is_kept(self, token: str) -> tuple[ColumnElement[bool], ...]:
        columns = sign_in_dispute.c
        return columns.token_hash == hash_secret(token), columns.expires_at > self.now

    async def _open(self, row: Any) -> SignInDispute:  # noqa: ANN401 - a row of these columns
        opened = from_json(
            await self.open_for(row.customer, _TABLE, "context", row.id, row.sealed_context)
        )
        return SignInDispute(
            row.id,
            row.customer,
            row.signed_in_at,
            row.expires_at,
            row.used_at,
            opened["device"],
            opened["country"],
        )
