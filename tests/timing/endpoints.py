"""The endpoints where a stranger could learn who has an account, and how each is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import update

from ciam.authentication.journey import RECOVERY, SIGN_IN, SIGN_UP
from ciam.authentication.state import Step
from ciam.storage.tables.customers import customer as customers
from tests.factories.live_node import LiveNode, Visitor
from tests.races.http_gun import Shot
from tests.timing.pairs import Pair

STATES = ("active", "disabled", "without_password")
_PEOPLE = 50
_BATCH = 50


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One form: the journey it belongs to, the page, and what is typed beside the address."""

    name: str
    kind: str
    step: Step
    page: str
    field: str
    typed: tuple[tuple[str, str], ...] = ()
    status: int = 303


_WRONG = (("password", "not this"),)

ENDPOINTS = (
    Endpoint("sign-in", SIGN_IN, Step.PASSWORD, "/sign-in", "identifier", _WRONG, 422),
    Endpoint("recovery", RECOVERY, Step.RECOVERY_ADDRESS, "/recover", "email"),
    Endpoint("sign-in-code", SIGN_IN, Step.PASSWORD, "/sign-in/code", "identifier"),
    Endpoint("sign-up", SIGN_UP, Step.SIGN_UP_ADDRESS, "/sign-up", "email"),
)


async def make_people(node: LiveNode, state: str, stored: str) -> list[str]:
    """Make customers in a state and give their addresses."""
    addresses = [f"person-{number:04}.{state}@example.jp" for number in range(_PEOPLE)]
    async with node.database.write() as transaction:
        for address in addresses:
            made = await node.customer(
                transaction, address, None if state == "without_password" else stored
            )
            if state == "disabled":
                await transaction.connection.execute(
                    update(customers).where(customers.c.id == made).values(state="disabled")
                )
    return addresses


def make_pairs(
    node: LiveNode, visitor: Visitor, endpoint: Endpoint, addresses: list[str], count: int
) -> Iterator[Pair]:
    """Give pairs, each request in a journey of its own that was begun before."""
    numbers = iter(range(count))
    while batch := list(islice(numbers, _BATCH)):
        paths = node.run(_begin(node, visitor, endpoint, 2 * len(batch)))
        for number in batch:
            known = addresses[number % len(addresses)]
            unknown = f"nobody-{number:04}.{known.partition('.')[2]}"
            yield Pair(
                _shot(visitor, endpoint, paths.pop(), known),
                _shot(visitor, endpoint, paths.pop(), unknown),
            )


def _shot(visitor: Visitor, endpoint: Endpoint, path: str, address: str) -> Shot:
    form = visitor.form(**{endpoint.field: address}, **dict(endpoint.typed))
    return Shot("POST", path, form, visitor.headers)


async def _begin(node: LiveNode, visitor: Visitor, endpoint: Endpoint, count: int) -> list[str]:
    async with node.database.write() as transaction:
        return [
            f"{endpoint.page}?journey="
            + (await node.journey(transaction, visitor, endpoint.kind, endpoint.step)).handle
            for _ in range(count)
        ]
