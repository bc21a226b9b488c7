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
    mailbox = _mailbox_of(lookup)
    hour = await try_reserve(
        transaction, "mail_hour", mailbox, allowed=limits.mails_hour, window=_HOUR
    )
    day = await try_reserve(transaction, "mail_day", mailbox, allowed=limits.mails_day, window=_DAY)
    if hour is not None and day is not None:
        return True
    await refund(transaction, *(one for one in (hour, day) if one is not None))
    return False


def _mailbox_of(lookup: str) -> str:
    """Give where the mails of an address arrive: what follows a "+" is a note of its owner's.

    The addresses stay different names; only what arrives in one place is counted as one (RFC 5233).
    """
    local, _, domain = lookup.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"
