"""How many sign-ins, sign-ups and recoveries may be begun from one network (IPv6: a /64).

Each is a row, and the way to a mail: whoever begins them by the thousand is no household.
"""

from datetime import timedelta
from typing import Final

from ciam.policies import LimitPolicy
from ciam.protection.limits import reserve
from ciam.protection.networks import network_of
from ciam.storage import UnitOfWork

BY_NETWORK: Final = "journey_network"
_HOUR: Final = timedelta(hours=1)


async def reserve_journey(transaction: UnitOfWork, limits: LimitPolicy, *, address: str) -> None:
    """Count a journey for the network of an address; raise TooManyAttempts above its limit."""
    allowed = limits.journeys_address_hour
    await reserve(transaction, BY_NETWORK, network_of(address), allowed=allowed, window=_HOUR)
