"""Sign-ins of one customer that all wait for the second factor, and the form that ends one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from ciam.authentication.journey import SIGN_IN
from ciam.authentication.state import NotedProof, Step
from tests.races.http_gun import Answer, Shot

if TYPE_CHECKING:
    from ciam.storage import UnitOfWork
    from tests.factories.live_node import LiveNode, Visitor

CLIENTS: Final = 10
LATER: Final = 2
"""Sign-ins that are left for what comes after the race."""

Enrol = Callable[["UnitOfWork", UUID], Awaitable[None]]


async def open_sign_ins(
    node: LiveNode, visitors: list[Visitor], address: str, enrol: Enrol
) -> list[str]:
    """Make a customer with a second factor; gives the path of each sign-in that waits for it."""
    async with node.database.write() as transaction:
        customer = await node.customer(transaction, address)
        await enrol(transaction, customer)
        now = transaction.clock.now()
        return [await _open(node, transaction, one, customer, now) for one in visitors]


async def _open(
    node: LiveNode, transaction: UnitOfWork, visitor: Visitor, customer: UUID, now: datetime
) -> str:
    journey = await node.journey(transaction, visitor, SIGN_IN, Step.SECOND_FACTOR)
    state = journey.state | {
        "proofs": [NotedProof("password", ("pwd",), now).to_json()],
        "epoch": 0,
    }
    await transaction.journeys.change(journey, state, customer=customer)
    return f"/second-factor?journey={journey.handle}"


def shot(visitor: Visitor, path: str, way: str, code: str) -> Shot:
    """Give the form of the second factor."""
    return Shot("POST", path, visitor.form(way=way, code=code), visitor.headers)


def judge(answers: list[Answer], later: list[Answer]) -> str | None:
    """Tell what is wrong unless one of all got a session, and nobody with what came later."""
    won = sum("ciam_session" in answer.headers.get("set-cookie", "") for answer in answers)
    statuses = sorted(answer.status for answer in answers)
    if won != 1 or statuses != [303] + [422] * (len(answers) - 1):
        return f"{won} sessions began with one code: {statuses}"
    if any(answer.status != 422 for answer in later):
        return f"a used or older code was taken later: {[answer.status for answer in later]}"
    return None
