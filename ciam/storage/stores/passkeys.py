"""Passkeys: the credential sealed with its customer's key, found by the hash of its id.

A credential id has at least 100 random bits (Web Authentication Level 3 §4), so its plain SHA-256
gives nothing away. The counter moves by one statement: of two answers with the same count one is
noticed.
"""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, or_, select, update

from ciam.identifiers import new_id
from ciam.storage.prepared import Prepared
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.customers import authenticator
from ciam.storage.tables.passkeys import passkey, passkey_handle

PASSKEY = "passkey"


@dataclass(frozen=True, slots=True)
class Credential:
    """What an authenticator made for us.

    is_backup_eligible  whether it may leave its device, as a synced passkey does (BE, §6.1.3)
    is_backed_up        whether it has done so, as last seen (BS)
    """

    id: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    aaguid: str
    sign_count: int
    is_backup_eligible: bool
    is_backed_up: bool
    transports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passkey:
    """An enrolled passkey; `id` is that of its authenticator."""

    id: UUID
    customer: UUID
    name: str = field(repr=False)
    credential: Credential
    created_at: datetime
    last_used_at: datetime | None


class PasskeyStore(Store):
    """Passkeys: whose a credential is, its counter, the customer's handle."""

    async def add(self, customer: UUID, name: str, credential: Credential) -> Passkey | None:
        """Enrol a passkey by one insert; None when some customer has this credential already."""
        row, now = new_id(), self.now
        made = Passkey(row, customer, name, credential, now, None)
        async with self.connection.begin_nested() as savepoint:
            await self.connection.execute(
                self.insert(authenticator).values(
                    id=row,
                    customer=customer,
                    method=PASSKEY,
                    sealed_secret=await self._seal(made),
                    document=_document(credential),
                    created_at=now,
                )
            )
            added = await self.connection.execute(
                self.insert(passkey)
                .values(
                    authenticator=row,
                    customer=customer,
                    credential_hash=_hash(credential.id),
                    sign_count=credential.sign_count,
                )
                .on_conflict_do_nothing()
                .returning(passkey.c.authenticator)
            )
            if added.first() is None:
                await savepoint.rollback()
                return None
        return made

    async def list_for(self, customer: UUID) -> list[Passkey]:
        """Give the passkeys of a customer, oldest first."""
        rows = await self.connection.all(_LIST, {"customer": customer})
        return [await self._open(row) for row in rows]

    async def find(self, credential_id: bytes) -> Passkey | None:
        """Give the passkey of a credential."""
        query = _select().where(passkey.c.credential_hash == _hash(credential_id))
        row = (await self.connection.execute(query)).first()
        return None if row is None else await self._open(row)

    async def note_use(self, used: Passkey, sign_count: int, *, is_backed_up: bool) -> bool:
        """Note a use and raise the counter; False when the counter did not rise (§7.2, 22).

        An authenticator without a counter answers 0 every time. A use is noted either way.
        """
        columns = passkey.c
        raised = await self.connection.execute(
            update(passkey)
            .where(
                columns.authenticator == used.id,
                or_(columns.sign_count < sign_count, (columns.sign_count == 0) & (sign_count == 0)),
            )
            .values(sign_count=sign_count)
            .returning(columns.authenticator)
        )
        has_risen = raised.first() is not None
        document = _document(used.credential) | {"backed_up": is_backed_up}
        await self.connection.execute(
            update(authenticator)
            .where(authenticator.c.id == used.id)
            .values(last_used_at=self.now, document=document)
        )
        return has_risen

    async def rename(self, renamed: Passkey, name: str) -> bool:
        """Give a passkey another name; False when it was removed meanwhile."""
        changed = await self.connection.execute(
            update(authenticator)
            .where(authenticator.c.id == renamed.id, authenticator.c.removed_at.is_(None))
            .values(
                sealed_secret=await self._seal(
                    Passkey(
                        renamed.id,
                        renamed.customer,
                        name,
                        renamed.credential,
                        renamed.created_at,
                        renamed.last_used_at,
                    )
                )
            )
            .returning(authenticator.c.id)
        )
        return changed.first() is not None

    async def remove(self, passkey_id: UUID) -> bool:
        """Remove a passkey and destroy its secret, by one statement; False when it was gone."""
        if not await self.stores.authenticators.remove(passkey_id):
            return False
        await self.connection.execute(delete(passkey).where(passkey.c.authenticator == passkey_id))
        return True

    async def get_handle(self, customer: UUID, fresh: bytes) -> bytes:
        """Give the handle of a customer (`user.id`, §14.6.1); `fresh` is kept as a first one."""
        known = await self.find_handle(customer)
        if known is not None:
            return known
        await self.connection.execute(
            self.insert(passkey_handle)
            .values(
                customer=customer,
                sealed_handle=await self.seal_for(
                    customer, "passkey_handle", "handle", customer, fresh
                ),
                created_at=self.now,
            )
            .on_conflict_do_nothing()
        )
        handle = await self.find_handle(customer)
        assert handle is not None  # noqa: S101 - it was inserted, now or before
        return handle

    async def find_handle(self, customer: UUID) -> bytes | None:
        """Give the handle of a customer who once enrolled a passkey, or began to."""
        sealed = await self.connection.scalar(
            select(passkey_handle.c.sealed_handle).where(passkey_handle.c.customer == customer)
        )
        if sealed is None:
            return None
        return await self.open_for(customer, "passkey_handle", "handle", customer, sealed)

    async def _seal(self, one: Passkey) -> bytes:
        secret = {
            "credential_id": _encode(one.credential.id),
            "public_key": _encode(one.credential.public_key),
            "name": one.name,
        }
        return await self.seal_for(one.customer, "authenticator", "secret", one.id, to_json(secret))

    async def _open(self, row: Any) -> Passkey:  # noqa: ANN401 - a row of _select
        opened = await self.open_for(
            row.customer, "authenticator", "secret", row.id, row.sealed_secret
        )
        secret, document = from_json(opened), row.document
        return Passkey(
            row.id,
            row.customer,
            secret["name"],
            Credential(
                base64.b64decode(secret["credential_id"]),
                base64.b64decode(secret["public_key"]),
                document["aaguid"],
                row.sign_count,
                document["backup_eligible"],
                document["backed_up"],
                tuple(document["transports"]),
            ),
            row.created_at,
            row.last_used_at,
        )


def _select() -> Select[Any]:
    return (
        select(
            authenticator.c.id,
            authenticator.c.customer,
            authenticator.c.sealed_secret,
            authenticator.c.document,
            authenticator.c.created_at,
            authenticator.c.last_used_at,
            passkey.c.sign_count,
        )
        .join(authenticator, authenticator.c.id == passkey.c.authenticator)
        .where(authenticator.c.removed_at.is_(None))
    )


_LIST = Prepared(
    _select()
    .where(passkey.c.customer == bindparam("customer"))
    .order_by(authenticator.c.created_at, authenticator.c.id)
)
"""Made once: to build such a statement takes longer than to run it."""


def _document(credential: Credential) -> dict[str, Any]:
    return {
        "aaguid": credential.aaguid,
        "backup_eligible": credential.is_backup_eligible,
        "backed_up": credential.is_backed_up,
        "transports": list(credential.transports),
    }


def _hash(credential_id: bytes) -> bytes:
    return sha256(credential_id).digest()


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
