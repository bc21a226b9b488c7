"""How many text messages may leave: by number, block of numbers, network and cost (A-10).

Asked twice. In the request, for a number that may be anybody's: it counts the wish, the same for a
number with an account and without, so that the answer tells nothing. By the worker, for a message
that is about to leave: it counts what is really sent and paid for, in one statement each, committed
before the message leaves, so no budget is passed however many nodes send.

Robots earn from numbers whose codes never come back. After so many codes to one block of numbers of
which too few were used, the block gets none for a while.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from ciam.policies import SmsPolicy
from ciam.protection.limits import refund, reserve, try_reserve
from ciam.protection.networks import network_of
from ciam.storage import Database, UnitOfWork

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


class Leaving(StrEnum):
    """Whether a message may leave; if not, why."""

    ALLOWED = "allowed"
    BLOCK_STOPPED = "block_stopped"
    BLOCK_STOPPED_NOW = "block_stopped_now"
    BUDGET_SPENT = "budget_spent"


async def may_text(
    transaction: UnitOfWork, policy: SmsPolicy, number: str, block: str, *, address: str
) -> bool:
    """Count the wish for a message to a number (E.164); False when one of its caps is reached.

    Raise TooManyAttempts when the network address has caused too many messages, to whomever.
    """
    await reserve(
        transaction,
        "sms_network",
        network_of(address),
        allowed=policy.network_hour,
        window=_HOUR,
    )
    wishes = [
        await try_reserve(transaction, limit, key, allowed=allowed, window=window)
        for limit, key, allowed, window in (
            ("sms_hour", number, policy.number_hour, _HOUR),
            ("sms_day", number, policy.number_day, _DAY),
            ("sms_block", block, policy.block_hour, _HOUR),
        )
    ]
    is_stopped = await transaction.sms_sending.is_stopped(block)
    today = await transaction.sms_sending.find_today()
    has_money = today.spent + policy.part_price <= policy.daily_budget
    if all(wishes) and has_money and not is_stopped:
        return True
    await refund(transaction, *(one for one in wishes if one is not None))
    return False


async def claim_leaving(database: Database, block: str, parts: int, *, is_capped: bool) -> Leaving:
    """Count a message that is about to leave, and commit it; only ALLOWED may leave.

    Notices about an account (`is_capped` False) are counted too, and always leave.
    """
    async with database.write() as transaction:
        policy = (await transaction.policies.get()).sms
        sending, cost = transaction.sms_sending, parts * policy.part_price
        if not is_capped:
            await sending.spend(cost, budget=None)
            return Leaving.ALLOWED
        if not await sending.spend(cost, budget=policy.daily_budget):
            return Leaving.BUDGET_SPENT
        if await sending.claim_code(
            block, judged_after=policy.conversion_sends, percent=policy.conversion_percent
        ):
            return Leaving.ALLOWED
        await sending.take_back(cost)
        until = transaction.clock.now() + policy.block_stop
        is_new = await sending.stop_block(block, until)
        return Leaving.BLOCK_STOPPED_NOW if is_new else Leaving.BLOCK_STOPPED
