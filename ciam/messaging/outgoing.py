"""Put a message into the outbox, in the transaction that causes it.

One that is withheld is written and made like any other, and goes nowhere: so neither the answer nor
how busy the server is afterwards tells whether somebody was written to (A-07).
"""

from uuid import UUID

from ciam.messaging.messages import Message
from ciam.messaging.short_messages import ShortMessage
from ciam.storage import UnitOfWork


async def send(
    transaction: UnitOfWork,
    message: Message,
    *,
    to: str,
    language: str,
    brand: str | None = None,
    recipient_name: str | None = None,
    cause: UUID | None = None,
    withheld: bool = False,
) -> None:
    """Have a mail sent once this transaction commits; `cause` is the event it belongs to."""
    await transaction.outbox.put(
        "send_mail",
        {
            "template": message.template,
            "message": message.to_payload(),
            "to": to,
            "language": language,
            "brand": brand,
            "recipient_name": recipient_name,
            "withheld": withheld,
        },
        cause=cause,
    )


async def send_sms(
    transaction: UnitOfWork,
    message: ShortMessage,
    *,
    to: str,
    language: str,
    brand: str | None = None,
    cause: UUID | None = None,
    withheld: bool = False,
) -> None:
    """Have a text message sent to a number (E.164) once this transaction commits."""
    await transaction.outbox.put(
        "send_sms",
        {
            "kind": type(message).__name__,
            "message": message.to_payload(),
            "to": to,
            "language": language,
            "brand": brand,
            "withheld": withheld,
        },
        cause=cause,
    )
