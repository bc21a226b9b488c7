"""Receipts, screens and the state that follows from them.

A receipt is inserted and never changed. `consent_state` is what the newest ones add up to, kept so
that a release needs one query; it can be rebuilt from the receipts at any time.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, insert, select

from ciam.storage.prepared import Prepared
from ciam.storage.stores.store import Store
from ciam.storage.tables.consent import consent_state, receipt, screen

GIVEN = "given"
REFUSED = "refused"
WITHDRAWN = "withdrawn"
ACCEPTED = "accepted"

PURPOSE = "purpose"
NOTICE = "notice"
CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One decision. `version` is of the purpose or notice; a client has scopes instead."""

    id: UUID
    customer: UUID
    act: str
    subject_kind: str
    purpose_version: UUID | None
    notice_version: UUID | None
    client: UUID | None
    scopes: tuple[str, ...]
    via_client: UUID | None
    language: str
    screen: bytes
    effective_at: datetime
    recorded_at: datetime
    jws: str = field(default="", repr=False)
    """The signed receipt; empty in lists, where nobody reads it."""


@dataclass(frozen=True, slots=True)
class ConsentState:
    """What holds now for one purpose, notice or client of one customer."""

    subject_kind: str
    subject: UUID
    state: str
    version: UUID
    receipt: UUID
    since: datetime


class ReceiptStore(Store):
    """Receipts, screens and the state that follows from them."""

    async def keep_screen(self, content_hash: bytes, content: str, language: str) -> None:
        """Keep what was shown, once, by the hash of its content."""
        await self.connection.execute(
            self.insert(screen)
            .values(
                content_hash=content_hash,
                content=content,
                language=language,
                first_shown_at=self.now,
            )
            .on_conflict_do_nothing()
        )

    async def find_screen(self, content_hash: bytes) -> str | None:
        """Give the content of a screen by its hash."""
        found: str | None = await self.connection.scalar(
            select(screen.c.content).where(screen.c.content_hash == content_hash)
        )
        return found

    async def add(self, record: Receipt) -> None:
        """Insert a receipt; the signed form is sealed with the customer's key."""
        sealed = await self.seal_for(
            record.customer, "receipt", "jws", record.id, record.jws.encode()
        )
        await self.connection.execute(
            insert(receipt).values(
                id=record.id,
                customer=record.customer,
                act=record.act,
                subject_kind=record.subject_kind,
                purpose_version=record.purpose_version,
                notice_version=record.notice_version,
                client=record.client,
                scopes=list(record.scopes) if record.subject_kind == CLIENT else None,
                via_client=record.via_client,
                language=record.language,
                screen=record.screen,
                effective_at=record.effective_at,
                recorded_at=record.recorded_at,
                sealed_jws=sealed,
            )
        )

    async def find(self, customer: UUID, receipt_id: UUID) -> Receipt | None:
        """Give one receipt of a customer, the signed form included; never another customer's."""
        query = _select().add_columns(receipt.c.sealed_jws)
        row = (
            await self.connection.execute(
                query.where(receipt.c.id == receipt_id, receipt.c.customer == customer)
            )
        ).first()
        if row is None:
            return None
        jws = await self.open_for(customer, "receipt", "jws", row.id, row.sealed_jws)
        return _record(row, jws.decode())

    async def list_for(self, customer: UUID) -> list[Receipt]:
        """Give the receipts of a customer, newest first, without their signed form."""
        rows = await self.connection.execute(
            _select()
            .where(receipt.c.customer == customer)
            .order_by(receipt.c.recorded_at.desc(), receipt.c.id.desc())
        )
        return [_record(row) for row in rows]

    async def list_states(self, customer: UUID) -> list[ConsentState]:
        """Give what holds now for a customer."""
        rows = await self.connection.all(_STATES, {"of": customer})
        return [ConsentState(*row) for row in rows]

    async def put_state(self, customer: UUID, state: ConsentState) -> None:
        """Move the state on, unless what holds took effect later than this decision."""
        values: dict[str, Any] = {
            "state": state.state,
            "version": state.version,
            "receipt": state.receipt,
            "since": state.since,
        }
        await self.connection.execute(
            self.insert(consent_state)
            .values(
                customer=customer, subject_kind=state.subject_kind, subject=state.subject, **values
            )
            .on_conflict_do_update(
                index_elements=["customer", "subject_kind", "subject"],
                set_=values,
                where=consent_state.c.since <= state.since,
            )
        )


_STATES = Prepared(
    select(
        consent_state.c.subject_kind,
        consent_state.c.subject,
        consent_state.c.state,
        consent_state.c.version,
        consent_state.c.receipt,
        consent_state.c.since,
    ).where(consent_state.c.customer == bindparam("of"))
)


def _select() -> Select[Any]:
    columns = receipt.c
    return select(
        columns.id,
        columns.customer,
        columns.act,
        columns.subject_kind,
        columns.purpose_version,
        columns.notice_version,
        columns.client,
        columns.scopes,
        columns.via_client,
        columns.language,
        columns.screen,
        columns.effective_at,
        columns.recorded_at,
    )


def _record(row: Any, jws: str = "") -> Receipt:  # noqa: ANN401 - a row of _select
    return Receipt(
        row.id,
        row.customer,
        row.act,
        row.subject_kind,
        row.purpose_version,
        row.notice_version,
        row.client,
        tuple(row.scopes or ()),
        row.via_client,
        row.language,
        row.screen,
        row.effective_at,
        row.recorded_at,
        jws,
    )
