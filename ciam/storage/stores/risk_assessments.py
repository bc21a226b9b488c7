"""How sign-ins were judged: what the next one is compared with, and what operators see.

Where it was and why stands sealed; the network is a keyed hash, enough to count over customers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, literal_column, select, update

from ciam.identifiers import new_id
from ciam.storage.prepared import Prepared
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.risk import risk_assessment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

_TABLE = "risk_assessment"
_NETWORK = "risk network"
_COLUMNS = risk_assessment.c
_LIST_ALL = (
    select(
        _COLUMNS.id,
        _COLUMNS.customer,
        _COLUMNS.assessed_at,
        _COLUMNS.verdict,
        _COLUMNS.score,
        _COLUMNS.mode,
        _COLUMNS.signed_in_at,
        _COLUMNS.sealed_context,
    )
    .where(_COLUMNS.customer == bindparam("customer"), _COLUMNS.expires_at > bindparam("now"))
    .order_by(_COLUMNS.assessed_at.desc(), _COLUMNS.id.desc())
    .limit(bindparam("limit"))
    .offset(literal_column("0"))  # or SQLite is given it as a value of no name
)
_LIST = Prepared(_LIST_ALL)
_LIST_SIGNED_IN = Prepared(_LIST_ALL.where(_COLUMNS.signed_in_at.is_not(None)))
_COUNT = Prepared(
    select(func.count().label("number")).where(
        _COLUMNS.customer == bindparam("customer"), _COLUMNS.assessed_at > bindparam("since")
    )
)
_ADD = Prepared(
    insert(risk_assessment),
    values=(
        "id",
        "customer",
        "assessed_at",
        "verdict",
        "score",
        "mode",
        "network_hash",
        "expires_at",
        "sealed_context",
    ),
)
_NOTE_SIGNED_IN = Prepared(
    update(risk_assessment)
    .where(_COLUMNS.id == bindparam("assessment"))
    .values(signed_in_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class RiskAssessment:
    """One judgement; `signals` are those that spoke, with their weights."""

    id: UUID
    assessed_at: datetime
    verdict: str
    score: int
    mode: str
    signed_in_at: datetime | None
    country: str | None = field(repr=False)
    signals: Mapping[str, int] = field(repr=False)


class RiskAssessmentStore(Store):
    """How sign-ins were judged."""

    async def add(
        self,
        customer: UUID,
        *,
        verdict: str,
        mode: str,
        network: str,
        country: str | None,
        signals: Mapping[str, int],
        expires_at: datetime,
    ) -> UUID:
        """Keep a judgement."""
        row = new_id()
        context = to_json({"country": country, "signals": dict(signals)})
        await self.connection.all(
            _ADD,
            {
                "id": row,
                "customer": customer,
                "assessed_at": self.now,
                "verdict": verdict,
                "score": sum(signals.values()),
                "mode": mode,
                "network_hash": self.index_hash(_NETWORK, network),
                "expires_at": expires_at,
                "sealed_context": await self.seal_for(customer, _TABLE, "context", row, context),
            },
        )
        return row

    async def note_signed_in(self, assessment: UUID) -> None:
        """Note that the sign-in that was judged ended in a session."""
        given = {"assessment": assessment, "now": self.now}
        await self.connection.all(_NOTE_SIGNED_IN, given)

    async def list_for(
        self, customer: UUID, *, limit: int, signed_in: bool = False
    ) -> list[RiskAssessment]:
        """Give the newest of a customer, the newest first; only those that ended in a session."""
        rows = await self.connection.all(
            _LIST_SIGNED_IN if signed_in else _LIST,
            {"customer": customer, "now": self.now, "limit": limit},
        )
        return [await self._open(row) for row in rows]

    async def count_for(self, customer: UUID, *, since: datetime) -> int:
        """Count how often a customer was judged since then."""
        given = {"customer": customer, "since": since}
        return int((await self.connection.first(_COUNT, given)).number)

    async def count_customers(self, network: str, *, since: datetime, without: UUID) -> int:
        """Count the other customers who were judged from a network since then."""
        columns = risk_assessment.c
        found = await self.connection.scalar(
            select(func.count(columns.customer.distinct())).where(
                columns.network_hash.in_(self.index_hashes(_NETWORK, network)),
                columns.assessed_at > since,
                columns.customer != without,
            )
        )
        return found or 0

    async def _open(self, row: Any) -> RiskAssessment:  # noqa: ANN401 - a row of these columns
        opened = from_json(
            await self.open_for(row.customer, _TABLE, "context", row.id, row.sealed_context)
        )
        return RiskAssessment(
            row.id,
            row.assessed_at,
            row.verdict,
            row.score,
            row.mode,
            row.signed_in_at,
            opened["country"],
            opened["signals"],
        )
