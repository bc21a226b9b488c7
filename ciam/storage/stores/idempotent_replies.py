"""Replies by Idempotency-Key: claimed by one statement, kept by the transaction that did the work.

Claim, work and reply are one commit. So a crash leaves either all of them or none, and no key waits
for a process that is gone.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from ciam.identifiers import new_id
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.api import idempotent_reply


@dataclass(frozen=True, slots=True)
class KeptReply:
    """What was answered the first time, and the hash of what had been asked."""

    request_hash: bytes
    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)


class IdempotentReplyStore(Store):
    """Replies by Idempotency-Key."""

    async def is_in_progress(self, *key: str) -> bool:
        """Tell whether another transaction works on this key now, and keep others out until we end.

        SQLite lets one writer work at a time: there the second one finds the reply.
        """
        if self.stores.is_sqlite:
            return False
        number = int.from_bytes(_hash(key)[:8], "big", signed=True)
        return not await self.connection.scalar(select(func.pg_try_advisory_xact_lock(number)))

    async def claim(self, *key: str, request_hash: bytes, lifetime: timedelta) -> UUID | None:
        """Take a key that is new or has expired; None: there is a reply."""
        columns, now = idempotent_reply.c, self.now
        values = {
            "id": new_id(),
            "request_hash": request_hash,
            "status": None,
            "sealed_reply": None,
            "created_at": now,
            "expires_at": now + lifetime,
        }
        claimed: UUID | None = await self.connection.scalar(
            self.insert(idempotent_reply)
            .values(key_hash=_hash(key), **values)
            .on_conflict_do_update(
                index_elements=["key_hash"], set_=values, where=columns.expires_at <= now
            )
            .returning(columns.id)
        )
        return claimed

    async def keep(
        self, claim: UUID, *key: str, status: int, reply: tuple[dict[str, str], bytes]
    ) -> None:
        """Keep what is answered, in the transaction that did the work."""
        headers, body = reply
        content = to_json(headers) + b"\n" + body
        await self.connection.execute(
            update(idempotent_reply)
            .where(idempotent_reply.c.key_hash == _hash(key))
            .values(
                status=status,
                sealed_reply=self.seal_record("idempotent_reply", "reply", claim, content),
            )
        )

    async def find(self, *key: str) -> KeptReply | None:
        """Give the reply of a key."""
        columns = idempotent_reply.c
        row = (
            await self.connection.execute(
                select(
                    columns.id, columns.request_hash, columns.status, columns.sealed_reply
                ).where(columns.key_hash == _hash(key))
            )
        ).first()
        if row is None:
            return None
        content = self.open_record("idempotent_reply", "reply", row.id, row.sealed_reply)
        headers, _, body = content.partition(b"\n")
        return KeptReply(row.request_hash, row.status, from_json(headers), body)


def _hash(key: tuple[str, ...]) -> bytes:
    """Hash who uses which key: with no key of ours, so that a rotation forgets nothing."""
    return hashlib.sha256(to_json(list(key))).digest()
