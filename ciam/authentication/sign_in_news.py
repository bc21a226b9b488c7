"""Tell the owner of an account that somebody signed in on a new device, or from a new country.

The mail has a link that says "this was not me" (`ciam.authentication.disown`).
"""

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from ciam.authentication.context import BrowserContext
from ciam.authentication.user_agent import name_device
from ciam.customers.security_notices import write_owner
from ciam.identifiers import new_secret
from ciam.messaging.messages import NewSignIn
from ciam.messaging.short_messages import NewDevice
from ciam.storage import UnitOfWork
from ciam.storage.stores.customers import Customer

DISOWN_PATH: Final = "/not-me"
DISOWN_TIME: Final = timedelta(days=7)


async def tell_of_sign_in(
    transaction: UnitOfWork,
    customer: Customer,
    context: BrowserContext,
    *,
    is_new_country: bool,
    cause: UUID,
) -> None:
    """Write to every proven address, or text the number: what was seen, and how to disown it."""
    now, device, token = transaction.clock.now(), name_device(context.user_agent), new_secret("ln")
    await transaction.sign_in_disputes.offer(
        customer.id, token, device=device, country=context.country, expires_at=now + DISOWN_TIME
    )
    link = f"{DISOWN_PATH}?{urlencode({'token': token})}"
    notice = NewSignIn(
        when=now,
        device=device,
        country=context.country,
        is_new_country=is_new_country,
        not_me_link=link,
        not_me_until=now + DISOWN_TIME,
    )
    language = customer.language or context.language
    await write_owner(
        transaction,
        customer.id,
        notice,
        NewDevice(not_me_link=link),
        language=language,
        cause=cause,
    )
