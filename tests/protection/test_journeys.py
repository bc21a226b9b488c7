"""Journeys are begun so often from one network, whichever of its addresses they come from."""

from datetime import timedelta

import pytest

from ciam.errors import TooManyAttempts
from ciam.policies import LimitPolicy
from ciam.protection.journeys import reserve_journey
from ciam.storage import Database
from tests.parts.clock import FakeClock

LIMITS = LimitPolicy(journeys_address_hour=20)


async def _begin(database: Database, address: str) -> None:
    async with database.write() as transaction:
        await reserve_journey(transaction, LIMITS, address=address)


async def test_a_network_begins_so_many_an_hour_and_another_one_its_own(
    database: Database, clock: FakeClock
) -> None:
    for number in range(LIMITS.journeys_address_hour):
        await _begin(database, f"2001:db8:1:2::{number:x}")
    with pytest.raises(TooManyAttempts):
        await _begin(database, "2001:db8:1:2:ffff::1")
    await _begin(database, "2001:db8:1:3::1")
    await _begin(database, "192.0.2.1")
    clock.advance(timedelta(hours=1, minutes=10))
    await _begin(database, "2001:db8:1:2::1")
