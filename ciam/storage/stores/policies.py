"""Policies: one row for each section that an operator changed; the rest are the defaults."""

from typing import Any

from sqlalchemy import delete, select

from ciam.policies import Policies
from ciam.storage.stores.store import Store
from ciam.storage.tables.config import policy


class PolicyStore(Store):
    """Policies: lifetimes, limits, password rules."""

    async def get(self) -> Policies:
        """Give all policies, cached in the process until an operator changes something."""
        return await self.stores.cached(("policies",), self._load)

    async def put(self, section: str, document: dict[str, Any], *, managed_by: str) -> None:
        """Store the document of one section; the caller raises the generation."""
        values = {"document": document, "managed_by": managed_by, "updated_at": self.now}
        await self.connection.execute(
            self.insert(policy)
            .values(key=section, **values)
            .on_conflict_do_update(index_elements=["key"], set_=values)
        )

    async def remove(self, section: str) -> None:
        """Return a section to its defaults; the caller raises the generation."""
        await self.connection.execute(delete(policy).where(policy.c.key == section))

    async def list_documents(self) -> dict[str, dict[str, Any]]:
        """Give the stored document of each section that differs from the defaults."""
        rows = await self.connection.execute(select(policy.c.key, policy.c.document))
        return {row.key: row.document for row in rows}

    async def _load(self) -> Policies:
        return Policies.model_validate(await self.list_documents())
