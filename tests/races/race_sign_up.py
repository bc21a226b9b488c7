"""C-04: one account for each e-mail address, however it is typed, however many finish at once.

Each client has proven the address in a journey of its own and sends the last form. The typings of a
round differ in case, width, Unicode form or the spelling of the domain.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import func, select

from ciam.authentication.journey import SIGN_UP
from ciam.authentication.state import Step
from ciam.customers.identifiers import normalise_email
from ciam.storage.tables.customers import customer
from tests.factories.live_node import LiveNode, Visitor, live_node
from tests.races.http_gun import Answer, Shot
from tests.races.race import Round
from tests.races.squad import Squad

ID = "C-04"
PROPERTY = "parallel sign-ups with one address in its variants make one account, no 5xx"
TWIN = "blind_identifier"
SHORT = 20
CLIENTS = 6
SPELLINGS: tuple[Callable[[str], str], ...] = (
    lambda tag: f"hanako.{tag}@example.jp",
    lambda tag: f"HANAKO.{tag.upper()}@Example.JP",
    lambda tag: f"ｈａｎａｋｏ.{tag}@example.jp",
    lambda tag: f"Hanako.{tag}@ｅｘａｍｐｌｅ.jp",
)
STREET: tuple[Callable[[str], str], ...] = (
    lambda tag: f"straße.{tag}@日本.example.jp",
    lambda tag: f"STRASSE.{tag}@xn--wgv71a.example.jp",
    lambda tag: f"strasse.{tag}@日本.example.jp",
)
PASSWORD = "a password nobody guesses"


@contextmanager
def open(  # noqa: A001 - the name every race has
    database_url: str, twin: str | None
) -> Iterator[tuple[Squad, Callable[[random.Random], Round]]]:
    """Start two nodes and six browsers in two processes."""
    with live_node(database_url, twin=twin, nodes=2, workers=1) as node:
        visitors = [node.visitor() for _ in range(CLIENTS)]
        gun = "tests.races.http_gun:HttpGun"
        with Squad(gun, {"urls": node.bases}, clients=CLIENTS) as squad:
            yield squad, lambda luck: _prepare(node, visitors, luck)


def _prepare(node: LiveNode, visitors: list[Visitor], luck: random.Random) -> Round:
    tag = f"{luck.getrandbits(64):x}"
    spellings = [spell(tag) for spell in luck.choice((SPELLINGS, STREET))]
    typed = [luck.choice(spellings) for _ in visitors]
    assert len({normalise_email(one) for one in spellings}) == 1

    async def prove() -> tuple[list[Shot], int]:
        shots = []
        async with node.database.write() as transaction:
            for visitor, address in zip(visitors, typed, strict=True):
                journey = await node.journey(transaction, visitor, SIGN_UP, Step.DETAILS, address)
                form = visitor.form(family_name="山田", given_name="花子", password=PASSWORD)
                path = f"/sign-up/details?journey={journey.handle}"
                shots.append(Shot("POST", path, form, visitor.headers))
        return shots, await _count_customers(node)

    shots, before = node.run(prove())

    def judge(answers: list[Answer]) -> str | None:
        made = node.run(_count_customers(node)) - before
        return _judge(answers, made, typed)

    return Round(shots, judge)


def _judge(answers: list[Answer], made: int, typed: list[str]) -> str | None:
    statuses = sorted(answer.status for answer in answers)
    signed_in = [one for one in answers if "ciam_session" in one.headers.get("set-cookie", "")]
    sent_on = [
        answer for answer in answers if answer.headers.get("location", "").startswith("/sign-in?")
    ]
    if made != 1 or len(signed_in) != 1:
        return f"{made} customers, {len(signed_in)} signed in, {statuses} for {sorted(set(typed))}"
    if statuses != [303] * CLIENTS or len(sent_on) != CLIENTS - 1:
        return f"the losers were not all sent to sign in: {statuses}, {len(sent_on)} sent"
    return None


async def _count_customers(node: LiveNode) -> int:
    async with node.database.read() as transaction:
        return await transaction.connection.scalar(select(func.count(customer.c.id))) or 0
