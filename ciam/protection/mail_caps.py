"""How many mails one address may get, over every kind that a stranger can cause.

Beyond the cap nothing is sent and nothing is said: the page stays the same. Notices about the
account itself (`Message.is_security_notice`) never ask here.
"""

from datetime import timedelta
from typing import Final

from ciam.policies import LimitPolicy
from ciam.protection.limits import refund, reserve, try_reserve
from ciam.protection.networks import network_of
from ciam.storage import UnitOfWork

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


async def may_mail(
    transaction: UnitOfWork, limits: LimitPolicy, lookup: str, *, address: str
) -> bool:
    """Count a mail to an address (its lookup form); False when its cap is reached.

    Raise TooManyAttempts when the network address has caused too many mails, to whomever.
    """
    network = network_of(address)
    await reserve(
        transaction, "mail_network", network, allowed=limits.mails_address_hour, window=_HOUR
    )
    hour = await try_reserve(
        transaction, "mail_hour", lookup, allowed=limits.mails_hour, window=_HOUR
    )
    day = await try_reserve(transaction, "mail_day", lookup, allowed=limits.mails_day, window=_DAY)
    if hour is not None and day is not None:
        return True
    await refund(transaction, *(one for one in (hour, day) if one is not None))
    return False
