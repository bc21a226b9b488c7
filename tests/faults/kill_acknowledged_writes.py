"""R-01, R-03: acknowledged writes survive SIGKILL, others are whole or absent; no orphans.

After each restart every write of the trial is looked for, state is compared with outbox and audit,
and the audit log is verified from outside.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from ciam.audit.reconcile import find_orphans
from ciam.audit.verify import verify_log
from tests.factories.live_node import LiveNode, live_node
from tests.factories.token_world import TokenWorld
from tests.faults.kills import Journal, Plan
from tests.faults.writes import ASKING, ROTATING, Stock

ID = "R-01, R-03"
STATEMENT = "sign-ups, resets, refreshes, consents: no acked write lost, none by half, no orphans"
TWIN = "outbox_after_commit"


@contextmanager
def open(  # noqa: A001 - the name every plan has
    database_url: str, twin: str | None
) -> Iterator[Plan]:
    """Start a node of two workers, with stock for the first trial."""
    with live_node(database_url, twin=twin) as node:
        register_apps(node)
        world, stock = node.run(node.world()), Stock()
        node.run(stock.fill(node, world))

        def write(http: httpx.Client, name: str) -> bool:
            return _write(stock, http, name)

        def check(journal: Journal) -> list[str]:
            return node.run(_check(node, world, stock, journal))

        yield Plan(node.server, write, check)


def register_apps(node: LiveNode) -> None:
    """Register the app that refreshes, and one of somebody else that asks."""
    for client_id, is_ours in ((ROTATING, True), (ASKING, False)):
        node.run(node.client(client_id, token_endpoint_auth_method="none", first_party=is_ours))


def _write(stock: Stock, http: httpx.Client, name: str) -> bool:
    taken = stock.take(name)
    if taken is None:
        time.sleep(0.02)
        return False
    kind, item = taken
    http.cookies.clear()  # every write is of another browser
    reply = kind.make(http, item)
    item.reply = reply
    return reply != ""


async def _check(node: LiveNode, world: TokenWorld, stock: Stock, journal: Journal) -> list[str]:
    async with node.database.read() as transaction:
        broken = await stock.find_broken(transaction, set(journal.acked))
    broken += await find_orphans(node.database)
    broken += (await verify_log(node.database)).problems
    await stock.fill(node, world)
    return broken
