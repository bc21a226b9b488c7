"""Tell a customer of what changed their access: a mail to every proven address of theirs."""

from uuid import UUID

from ciam.customers.identifiers import EMAIL
from ciam.messaging.messages import Message
from ciam.messaging.outgoing import send
from ciam.storage import UnitOfWork


async def tell_owner(
    transaction: UnitOfWork,
    customer: UUID,
    message: Message,
    *,
    language: str | None,
    cause: UUID,
) -> None:
    """Write to every proven address, so that a thief is not the only one who knows."""
    for identifier in await transaction.identifiers.list_for(customer):
        if identifier.kind == EMAIL and identifier.verified_at is not None:
            await send(
                transaction,
                message,
                to=identifier.value,
                language=language or "en",
                cause=cause,
            )
