"""C-11: of many parallel guesses at one customer's password, five are compared and no more.

A guess above the limit is answered with 429 before anything is compared; then the right password
has to wait too.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from ciam.authentication.journey import SIGN_IN
from ciam.authentication.state import Step
from ciam.customers.passwords import PasswordHasher
from tests.factories.live_node import LiveNode, Visitor, live_node
from tests.races.http_gun import Answer, Shot
from tests.races.race import Round
from tests.races.squad import Squad

ID = "C-11"
PROPERTY = "of 40 parallel guesses at a password 5 are compared"
TWIN = "read_then_write_attempts"
SHORT = 8
CLIENTS = 40
LIMIT = 5
PASSWORD = "a password nobody guesses"


@contextmanager
def open(  # noqa: A001 - the name every race has
    database_url: str, twin: str | None
) -> Iterator[tuple[Squad, Callable[[random.Random], Round]]]:
    """Start two nodes and forty clients in two processes."""
    with live_node(database_url, twin=twin, nodes=2, workers=1, password_failures=LIMIT) as node:
        visitor, stored = node.visitor(), node.run(_hash(node))
        gun = "tests.races.http_gun:HttpGun"
        with Squad(gun, {"urls": node.bases}, clients=CLIENTS) as squad, node.http() as http:
            yield squad, lambda luck: _prepare(node, http, visitor, stored, luck)


def _prepare(
    node: LiveNode, http: httpx.Client, visitor: Visitor, stored: str, luck: random.Random
) -> Round:
    address = f"saburo.{luck.getrandbits(64):x}@example.jp"
    path = node.run(_register(node, visitor, address, stored))

    def shot(password: str) -> Shot:
        form = visitor.form(identifier=address, password=password)
        return Shot("POST", path, form, visitor.headers)

    def judge(answers: list[Answer]) -> str | None:
        last = shot(PASSWORD)
        right = http.post(last.path, data=last.data, headers=last.headers)
        return _judge(answers, right.status_code)

    return Round([shot(f"a wrong password, number {n}") for n in range(CLIENTS)], judge)


def _judge(answers: list[Answer], right: int) -> str | None:
    compared = sum(answer.status == 422 for answer in answers)
    refused = sum(answer.status == 429 for answer in answers)
    if compared + refused != CLIENTS:
        return f"answers were {sorted(answer.status for answer in answers)}"
    if compared != LIMIT:
        return f"{compared} guesses were compared, {LIMIT} are allowed"
    return None if right == 429 else f"the right password was answered with {right}"


async def _hash(node: LiveNode) -> str:
    hasher = PasswordHasher(1)
    stored = await hasher.hash(PASSWORD, node.database.keys)
    hasher.close()
    return stored


async def _register(node: LiveNode, visitor: Visitor, address: str, stored: str) -> str:
    """Make a customer, and a journey in which their password is asked for."""
    async with node.database.write() as transaction:
        await node.customer(transaction, address, stored)
        journey = await node.journey(transaction, visitor, SIGN_IN, Step.PASSWORD)
        return f"/sign-in?journey={journey.handle}"
