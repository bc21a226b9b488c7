"""Tables whose rows end by themselves, in the order in which they may be deleted."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete

from ciam.storage.stores.store import Store
from ciam.storage.tables.grants import access_token, authorization_request, single_use
from ciam.storage.tables.journeys import journey, proof
from ciam.storage.tables.protection import attempt_counter

_TABLES: Final = {
    table.name: table
    for table in (proof, journey, authorization_request, access_token, single_use, attempt_counter)
}
"""Codes and refresh tokens are not among them: they stay as long as what they issued."""


class ExpiryStore(Store):
    """Tables whose rows end by themselves."""

    names = tuple(_TABLES)

    async def purge(self, name: str, before: datetime) -> int:
        """Delete the rows of a table that expired before then; gives how many."""
        table = _TABLES[name]
        deleted = await self.connection.execute(delete(table).where(table.c.expires_at < before))
        return deleted.rowcount
