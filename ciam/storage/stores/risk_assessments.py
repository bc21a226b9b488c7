"""How sign-ins were judged: what the next one is compared with, and what operators see.

Where it was and why stands sealed; the network is a keyed hash, enough to count over customers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from ciam.identifiers import new_id
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.risk import risk_assessment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

_TABLE = "risk_assessment"
_NETWORK = "risk network"


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
        await self.connection.execute(
            insert(risk_assessment).values(
                id=row,
                customer=customer,
                assessed_at=self.now,
                verdict=verdict,
                score=sum(signals.values()),
                mode=mode,
                network_hash=self.index_hash(_NETWORK, network),
                expires_at=expires_at,
                sealed_context=await self.seal_for(customer, _TABLE, "context", row, context),
            )
        )
        return row

    async def note_signed_in(self, assessment: UUID) -> None:
        """Note that the sign-in that was judged ended in a session."""
        await self.connection.execute(
            update(risk_assessment)
            .where(risk_assessment.c.id == assessment)
            .values(signed_in_at=self.now)
        )

    async def list_for(
        self, customer: UUID, *, limit: int, signed_in: bool = False
    ) -> list[RiskAssessment]:
        """Give the newest of a customer, the newest first; only those that ended in a session."""
        columns = risk_assessment.c
        conditions = [columns.customer == customer, columns.expires_at > self.now]
        if signed_in:
            conditions.append(columns.signed_in_at.is_not(None))
        rows = await self.connection.execute(
            select(
                columns.id,
                columns.customer,
                columns.assessed_at,
                columns.verdict,
                columns.score,
                columns.mode,
                columns.signed_in_at,
                columns.sealed_context,
            )
            .where(*conditions)
            .order_by(columns.assessed_at.desc(), columns.id.desc())
            .limit(limit)
        )
        return [await self._open(row) for row in rows]

    async def count_for(self, customer: UUID, *, since: datetime) -> int:
        """Count how often a customer was judged since then."""
        columns = risk_assessment.c
        found = await self.connection.scalar(
            select(func.count()).where(columns.customer == customer, columns.assessed_at > since)
        )
        return found or 0

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
