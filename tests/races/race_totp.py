"""C-08: a code of the app is taken once, over sessions and nodes; an older one not after a newer.

The code is that of this step, the one before or the one after, all of which are accepted.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import httpx
import pyotp

from ciam.customers.totp import STEP_SECONDS, new_seed
from ciam.storage import UnitOfWork
from ciam.storage.stores.authenticators import TOTP
from tests.factories.live_node import LiveNode, Visitor, live_node
from tests.races.http_gun import Answer
from tests.races.race import Round
from tests.races.second_factors import CLIENTS, LATER, judge, open_sign_ins, shot
from tests.races.squad import Squad

ID = "C-08"
PROPERTY = f"an app's code at {CLIENTS} sign-ins at once begins one session, none an older one"
TWIN = "read_then_write_step"
SHORT = 20
_MARGIN = 6.0
"""Seconds before a step ends in which the code before it may be too old once it is read."""


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
    seed = new_seed()

    async def enrol(transaction: UnitOfWork, customer: UUID) -> None:
        await transaction.authenticators.add(customer, TOTP, secret=seed.encode())

    address = f"shiro.{luck.getrandbits(64):x}@example.jp"
    code_at = pyotp.HOTP(seed).at
    paths = node.run(open_sign_ins(node, visitors, address, enrol))
    now = time.time()
    earliest = -1 if STEP_SECONDS - now % STEP_SECONDS > _MARGIN else 0
    step = int(now) // STEP_SECONDS + luck.randint(earliest, 1)
    shots = [
        shot(visitor, path, TOTP, code_at(step))
        for visitor, path in zip(visitors, paths, strict=True)
    ]

    def judge_all(answers: list[Answer]) -> str | None:
        later = []
        for number, code in enumerate((code_at(step), code_at(step - 1))):
            again = shot(visitors[CLIENTS + number], paths[CLIENTS + number], TOTP, code)
            found = http.post(again.path, data=again.data, headers=again.headers)
            later.append(Answer(found.status_code, ""))
        return judge(answers, later)

    return Round(shots[:CLIENTS], judge_all)
