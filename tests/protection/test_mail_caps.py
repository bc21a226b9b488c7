"""Mails to one address are capped over all kinds; the cap is silent, a network's is not."""

from datetime import timedelta

import pytest

from ciam.errors import TooManyAttempts
from ciam.policies import LimitPolicy
from ciam.protection.mail_caps import may_mail
from ciam.storage import Database
from tests.parts.clock import FakeClock

LIMITS = LimitPolicy()


async def _may(database: Database, lookup: str = "a@example.com", number: int = 1) -> bool:
    async with database.write() as transaction:
        return await may_mail(transaction, LIMITS, lookup, address=f"192.0.2.{number}")


async def test_five_an_hour_and_ten_a_day_from_however_many_networks(
    database: Database, clock: FakeClock
) -> None:
    sent: list[int] = []
    for minute in range(0, 24 * 60, 7):
        if await _may(database, number=minute // 7 % 250):
            sent.append(minute)
        clock.advance(timedelta(minutes=7))
    assert len(sent) == 10
    assert max(sum(first <= other < first + 60 for other in sent) for first in sent) <= 5
    assert await _may(database, "b@example.com")


async def test_a_network_that_causes_too_many_is_told(database: Database) -> None:
    for number in range(LIMITS.mails_address_hour):
        assert await _may(database, f"{number}@example.com")
    with pytest.raises(TooManyAttempts):
        await _may(database, "one.more@example.com")
