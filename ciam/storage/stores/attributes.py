"""Attribute values with their provenance: who said it, when, and whether it was verified.

A value is never overwritten: a newer one supersedes it, and the old row stays for provenance and
for taking a merge back.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select, update

from ciam.identifiers import new_id
from ciam.storage.prepared import Prepared
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.customers import attribute_value
from ciam.storage.types import Instant

_COLUMNS = attribute_value.c
_LIST_CURRENT = Prepared(
    select(
        _COLUMNS.id,
        _COLUMNS.attribute,
        _COLUMNS.language,
        _COLUMNS.sealed_value,
        _COLUMNS.source,
        _COLUMNS.verified_at,
        _COLUMNS.observed_at,
    )
    .where(_COLUMNS.customer == bindparam("customer"), _COLUMNS.superseded_at.is_(None))
    .order_by(_COLUMNS.attribute, _COLUMNS.language)
)


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """One value; `language` is the tag behind `#` in a claim name, empty when there is none."""

    id: UUID
    attribute: str
    language: str
    value: Any = field(repr=False)
    source: str
    verified_at: datetime | None
    observed_at: datetime

    @property
    def claim(self) -> str:
        """The name of the claim, language tag included (OIDC Core §5.2)."""
        return f"{self.attribute}#{self.language}" if self.language else self.attribute


class AttributeStore(Store):
    """Attribute values of customers."""

    async def list_current(self, customer: UUID) -> list[AttributeValue]:
        """Give what is known of a customer now."""
        rows = await self.connection.all(_LIST_CURRENT, {"customer": customer})
        return [
            AttributeValue(
                row.id,
                row.attribute,
                row.language,
                from_json(
                    await self.open_for(
                        customer, "attribute_value", "value", row.id, row.sealed_value
                    )
                ),
                row.source,
                row.verified_at,
                row.observed_at,
            )
            for row in rows
        ]

    async def find_last_change(self, customer: UUID) -> datetime | None:
        """Give when a value was last written or ended; None when there never was one."""
        columns = attribute_value.c
        row = (
            await self.connection.execute(
                select(
                    func.max(columns.observed_at, type_=Instant),
                    func.max(columns.superseded_at, type_=Instant),
                ).where(columns.customer == customer)
            )
        ).one()
        return max((time for time in row if time is not None), default=None)

    async def put(
        self,
        customer: UUID,
        attribute: str,
        language: str,
        value: Any,  # noqa: ANN401 - whatever the type of the attribute is, JSON can hold it
        *,
        source: str,
        verified_at: datetime | None = None,
    ) -> None:
        """Write a value; the one before is superseded. The caller holds the customer's lock."""
        await self.supersede(customer, attribute, language)
        row = new_id()
        await self.connection.execute(
            insert(attribute_value).values(
                id=row,
                customer=customer,
                attribute=attribute,
                language=language,
                sealed_value=await self.seal_for(
                    customer, "attribute_value", "value", row, to_json(value)
                ),
                source=source,
                verified_at=verified_at,
                observed_at=self.now,
            )
        )

    async def supersede(self, customer: UUID, attribute: str, language: str) -> None:
        """End the current value without a new one; nothing happens when there is none."""
        columns = attribute_value.c
        await self.connection.execute(
            update(attribute_value)
            .where(
                columns.customer == customer,
                columns.attribute == attribute,
                columns.language == language,
                columns.superseded_at.is_(None),
            )
            .values(superseded_at=self.now)
        )
