"""Whether state, outbox and audit tell the same story (R-03)."""

from ciam.storage import Database


async def find_orphans(database: Database) -> list[str]:
    """List what has no counterpart: a customer without its event, a job without its cause."""
    async with database.read() as transaction:
        return await transaction.audit_events.list_orphans()
