"""C-11: of many parallel guesses at one mailed code, five are looked at and no more.

A guess that was looked at and was wrong is told so, but for the last, which is told what those get
that are not looked at. Afterwards the right code is no use either.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx

from ciam.authentication.journey import SIGN_UP
from ciam.authentication.state import Step
from ciam.identifiers import new_digits, new_secret
from tests.factories.live_node import LiveNode, Visitor, live_node
from tests.races.http_gun import Answer, Shot
from tests.races.race import Round
from tests.races.squad import Squad

ID = "C-11"
PROPERTY = "of 40 parallel guesses at a mailed code 5 are looked at"
TWIN = "read_then_write_attempts"
SHORT = 8
CLIENTS = 40
LIMIT = 5
WRONG = "That is not the code."
GONE = "This code can no longer be used."


@contextmanager
def open(  # noqa: A001 - the name every race has
    database_url: str, twin: str | None
) -> Iterator[tuple[Squad, Callable[[random.Random], Round]]]:
    """Start two nodes and forty clients in two processes."""
    with live_node(database_url, twin=twin, nodes=2, workers=1, code_attempts=LIMIT) as node:
        visitor = node.visitor()
        gun = "tests.races.http_gun:HttpGun"
        with Squad(gun, {"urls": node.bases}, clients=CLIENTS) as squad, node.http() as http:
            yield squad, lambda luck: _prepare(node, http, visitor, luck)


def _prepare(node: LiveNode, http: httpx.Client, visitor: Visitor, luck: random.Random) -> Round:
    code, address = new_digits(), f"jiro.{luck.getrandbits(64):x}@example.jp"
    path = node.run(_mail(node, visitor, address, code))
    wrong = [f"{(int(code) + 1 + number) % 1_000_000:06d}" for number in range(CLIENTS)]

    def shot(guess: str) -> Shot:
        return Shot("POST", path, visitor.form(code=guess), visitor.headers)

    def judge(answers: list[Answer]) -> str | None:
        last = shot(code)
        right = http.post(last.path, data=last.data, headers=last.headers)
        return _judge(answers, right)

    return Round([shot(guess) for guess in wrong], judge)


def _judge(answers: list[Answer], right: httpx.Response) -> str | None:
    statuses = {answer.status for answer in answers}
    wrong = sum(WRONG in answer.body for answer in answers)
    gone = sum(GONE in answer.body for answer in answers)
    if statuses != {422} or wrong + gone != CLIENTS:
        return f"answers were {sorted(statuses)}, {wrong} wrong and {gone} gone"
    if wrong not in {LIMIT - 1, LIMIT}:  # the last one allowed is told either sentence
        return f"{wrong} guesses were told to be wrong, {LIMIT} are allowed"
    if right.status_code != 422 or GONE not in right.text:
        return f"the right code was taken after {LIMIT} wrong ones: {right.status_code}"
    return None


async def _mail(node: LiveNode, visitor: Visitor, address: str, code: str) -> str:
    """Have a code under way, as after the page that asks for the address."""
    async with node.database.write() as transaction:
        journey = await node.journey(transaction, visitor, SIGN_UP, Step.CODE, address)
        await transaction.proofs.issue(
            journey.id,
            "verify_email",
            address,
            code=code,
            link=new_secret("ln"),
            expires_at=transaction.clock.now() + timedelta(minutes=10),
        )
        return f"/verify?journey={journey.handle}"
