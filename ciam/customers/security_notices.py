"""Tell a customer of what changed their access: a mail to every proven address of theirs.

Who has none gets a text message that says less.
"""

from uuid import UUID

from ciam.customers.identifiers import EMAIL, PHONE
from ciam.messaging.messages import Message
from ciam.messaging.outgoing import send, send_sms
from ciam.messaging.short_messages import AccessChanged, ShortMessage
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
    await write_owner(
        transaction, customer, message, AccessChanged(), language=language, cause=cause
    )


async def write_owner(
    transaction: UnitOfWork,
    customer: UUID,
    message: Message,
    short: ShortMessage,
    *,
    language: str | None,
    cause: UUID | None = None,
) -> None:
    """Mail a message to every proven address; without one, text the short one to the number."""
    identifiers = await transaction.identifiers.list_for(customer)
    proven = [one for one in identifiers if one.verified_at is not None]
    mailed = [one.value for one in proven if one.kind == EMAIL]
    for address in mailed:
        await send(transaction, message, to=address, language=language or "en", cause=cause)
    for number in [] if mailed else [one.value for one in proven if one.kind == PHONE]:
        await send_sms(transaction, short, to=number, language=language or "en", cause=cause)
