"""Text messages are capped by number, block, network, cost; robots cost at most the cap (A-10)."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from ciam.errors import TooManyAttempts
from ciam.policies import SmsPolicy
from ciam.protection.sms_caps import Leaving, claim_leaving, may_text
from ciam.sealing import KeyRing, new_key
from ciam.storage import Database
from tests.parts.clock import FakeClock

POLICY = SmsPolicy()
BLOCK = "+8190123"
NUMBER = f"{BLOCK}45678"


async def _may(
    database: Database, number: str = NUMBER, network: int = 1, policy: SmsPolicy = POLICY
) -> bool:
    async with database.write() as transaction:
        return await may_text(
            transaction, policy, number, number[:-5], address=f"2001:db8:0:{network:x}::1"
        )


async def _put(database: Database, **changes: object) -> SmsPolicy:
    async with database.write() as transaction:
        await transaction.policies.put("sms", dict(changes), managed_by="test")
        await transaction.config.raise_generation()
    return SmsPolicy.model_validate(changes)


async def test_three_an_hour_and_ten_a_day_to_one_number_from_however_many_networks(
    database: Database, clock: FakeClock
) -> None:
    sent: list[int] = []
    for minute in range(0, 24 * 60, 7):
        if await _may(database, network=minute):
            sent.append(minute)
        clock.advance(timedelta(minutes=7))
    assert len(sent) == 10
    assert max(sum(first <= other < first + 60 for other in sent) for first in sent) <= 3
    assert await _may(database, f"{BLOCK}00000", network=9999)


async def test_a_block_of_numbers_has_a_limit_of_its_own(database: Database) -> None:
    policy = SmsPolicy(block_hour=3)
    for last in range(3):
        assert await _may(database, f"{BLOCK}0000{last}", last, policy)
    assert not await _may(database, f"{BLOCK}00009", 9, policy)
    assert await _may(database, "+819012400009", 10, policy), "the next block is another"


async def test_what_is_held_back_is_not_counted(database: Database) -> None:
    policy = SmsPolicy(block_hour=3)
    for last in range(3):
        assert await _may(database, f"{BLOCK}0000{last}", last, policy)
    for _ in range(20):
        assert not await _may(database, NUMBER, 50, SmsPolicy(block_hour=3, network_hour=1000))
    for _ in range(3):
        assert await _may(database, NUMBER, 51), "its own three are all left"
    assert not await _may(database, NUMBER, 52)


async def test_a_network_that_causes_too_many_is_told(database: Database) -> None:
    for last in range(POLICY.network_hour):
        assert await _may(database, f"+8190{last:03}45678")
    with pytest.raises(TooManyAttempts):
        await _may(database, "+819099945678")


async def test_the_counts_outlive_the_process(database_url: str, clock: FakeClock) -> None:
    master = KeyRing.of(new_key())
    for leaving in (Leaving.ALLOWED, Leaving.BUDGET_SPENT):
        database = Database.open(database_url, clock, master)  # a process that has just begun
        await _put(database, daily_budget=10, part_price=10)
        assert await claim_leaving(database, BLOCK, 1, is_capped=True) is leaving
        await database.close()
    database = Database.open(database_url, clock, master)
    clock.advance(timedelta(days=1))
    assert await claim_leaving(database, BLOCK, 1, is_capped=True) is Leaving.ALLOWED
    await database.close()


async def test_a_notice_about_the_account_is_counted_and_never_held_back(
    database: Database,
) -> None:
    await _put(database, daily_budget=0)
    assert await claim_leaving(database, BLOCK, 2, is_capped=True) is Leaving.BUDGET_SPENT
    assert await claim_leaving(database, BLOCK, 2, is_capped=False) is Leaving.ALLOWED
    async with database.read() as transaction:
        assert (await transaction.sms_sending.find_today()).spent == 20


async def test_a_block_whose_codes_come_back_is_never_stopped(database: Database) -> None:
    for number in range(200):
        assert await claim_leaving(database, BLOCK, 1, is_capped=True) is Leaving.ALLOWED
        if number % 4 == 0:  # 25 %
            async with database.write() as transaction:
                await transaction.sms_sending.note_used(BLOCK)


async def test_a_block_whose_codes_do_not_come_back_is_stopped_for_a_day(
    database: Database, clock: FakeClock
) -> None:
    async with database.write() as transaction:
        await transaction.sms_sending.note_used(BLOCK)  # before anything was sent: nothing
    outcomes = [await claim_leaving(database, BLOCK, 1, is_capped=True) for _ in range(60)]
    assert Counter(outcomes) == {
        Leaving.ALLOWED: 50,
        Leaving.BLOCK_STOPPED_NOW: 1,
        Leaving.BLOCK_STOPPED: 9,
    }
    assert not await _may(database), "in the request too"
    clock.advance(POLICY.block_stop + timedelta(seconds=1))
    assert await _may(database)
    assert await claim_leaving(database, BLOCK, 1, is_capped=True) is Leaving.ALLOWED


Claim = Callable[[Database, str], Awaitable[bool]]


async def _claim(database: Database, block: str) -> bool:
    return await claim_leaving(database, block, 1, is_capped=True) is Leaving.ALLOWED


async def _read_then_write(database: Database, block: str) -> bool:
    """Look first and count afterwards: the broken twin."""
    async with database.read() as transaction:
        policy = (await transaction.policies.get()).sms
        today = await transaction.sms_sending.find_today()
    await asyncio.sleep(0)
    if today.spent + policy.part_price > policy.daily_budget:
        return False
    async with database.write() as transaction:
        await transaction.sms_sending.spend(policy.part_price, budget=None)
        return await transaction.sms_sending.claim_code(block, judged_after=10**6, percent=0)


async def _pump(database: Database, claim: Claim, seed: int, attempts: int = 1200) -> Counter[str]:
    """Ask for codes to numbers of 20 blocks, ten at once; one of a hundred comes back."""
    print("seed", seed)
    draw = random.Random(seed)
    blocks = [f"+62812{number:03}" for number in range(20)]
    sent: Counter[str] = Counter()

    async def ask() -> None:
        block = draw.choice(blocks)
        if not await claim(database, block):
            return
        sent[block] += 1
        if draw.random() < 0.01:
            async with database.write() as transaction:
                await transaction.sms_sending.note_used(block)

    for _ in range(attempts // 10):
        await asyncio.gather(*(ask() for _ in range(10)))
    return sent


async def test_robots_cost_at_most_the_budget(database: Database) -> None:
    policy = await _put(database, daily_budget=2995, part_price=10, conversion_sends=50)
    sent = await _pump(database, _claim, seed=20261130)
    assert sum(sent.values()) == 299
    assert sum(sent.values()) * policy.part_price <= policy.daily_budget


async def test_robots_get_no_more_than_the_first_codes_of_each_block(database: Database) -> None:
    policy = await _put(database, daily_budget=10**6, part_price=10, conversion_sends=20)
    sent = await _pump(database, _claim, seed=20261201)
    assert max(sent.values()) <= policy.conversion_sends
    assert sum(sent.values()) <= 20 * policy.conversion_sends
    async with database.read() as transaction:
        assert (await transaction.sms_sending.find_today()).messages == sum(sent.values())


async def test_the_broken_twin_costs_more(database: Database) -> None:
    policy = await _put(database, daily_budget=2995, part_price=10)
    sent = await _pump(database, _read_then_write, seed=20261130, attempts=400)
    assert sum(sent.values()) * policy.part_price > policy.daily_budget, "it would be caught"
