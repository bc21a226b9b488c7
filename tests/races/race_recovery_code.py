"""C-09: a recovery code is taken once, over sessions and nodes."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import httpx

from ciam.authentication.methods import recovery_code
from ciam.identifiers import new_recovery_code
from ciam.storage import UnitOfWork
from ciam.storage.stores.authenticators import TOTP
from tests.factories.live_node import LiveNode, Visitor, live_node
from tests.races.http_gun import Answer
from tests.races.race import Round
from tests.races.second_factors import CLIENTS, LATER, judge, open_sign_ins, shot
from tests.races.squad import Squad

ID = "C-09"
PROPERTY = f"a recovery code at {CLIENTS} sign-ins at once begins one session"
TWIN = "read_then_write_recovery_code"
SHORT = 20


@contextmanager
def open(  # noqa: A001 - the name every race has
    database_url: str, twin: str | None
) -> Iterator[tuple[Squad, Callable[[random.Random], Round]]]:
    """Start two nodes and ten browsers in two processes."""
    with live_node(database_url, twin=twin, nodes=2, workers=1, code_attempts_hour=100) as node:
        visitors = [node.visitor() for _ in range(CLIENTS + LATER)]
        gun = "tests.races.http_gun:HttpGun"
        with Squad(gun, {"urls": node.bases}, clients=CLIENTS) as squad, node.http() as http:
            yield squad, lambda luck: _prepare(node, http, visitors, luck)


def _prepare(
    node: LiveNode, http: httpx.Client, visitors: list[Visitor], luck: random.Random
) -> Round:
    codes = [new_recovery_code() for _ in range(3)]

    async def enrol(transaction: UnitOfWork, customer: UUID) -> None:
        await transaction.authenticators.add(customer, TOTP, secret=b"A" * 32)
        await transaction.recovery_codes.replace_all(customer, codes)

    address = f"goro.{luck.getrandbits(64):x}@example.jp"
    paths = node.run(open_sign_ins(node, visitors, address, enrol))
    shots = [
        shot(visitor, path, recovery_code.METHOD, codes[0])
        for visitor, path in zip(visitors, paths, strict=True)
    ]

    def judge_all(answers: list[Answer]) -> str | None:
        later = []
        for again in shots[CLIENTS:]:
            found = http.post(again.path, data=again.data, headers=again.headers)
            later.append(Answer(found.status_code, ""))
        return judge(answers, later)

    return Round(shots[:CLIENTS], judge_all)
