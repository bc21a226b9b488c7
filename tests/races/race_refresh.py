"""C-02: one live leaf for each family; a lost reply is forgiven, a replay ends the family.

Every client of a round presents the same refresh token within the grace. Afterwards the family goes
on for one generation, and then a token that must not come again does: the first of all, or one
whose grace is over (its rotation is moved into the past in the database).
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
from sqlalchemy import update

from ciam.identifiers import hash_secret
from ciam.storage.tables.grants import refresh_token
from tests.factories.live_node import LiveNode, live_node
from tests.factories.token_world import VERIFIER, TokenWorld, redirect_uri_of
from tests.races.http_gun import Answer, Shot
from tests.races.race import Round
from tests.races.squad import Squad

ID = "C-02"
PROPERTY = "20 refreshes in the grace get one successor and leaf, a replay ends the family"
TWIN = "read_then_write_refresh"
SHORT = 20
CLIENTS = 20
APP = "spa"
BEYOND_GRACE = timedelta(seconds=11)


@contextmanager
def open(  # noqa: A001 - the name every race has
    database_url: str, twin: str | None
) -> Iterator[tuple[Squad, Callable[[random.Random], Round]]]:
    """Start two nodes and twenty clients in two processes."""
    with live_node(database_url, twin=twin, nodes=2, workers=1) as node:
        node.run(node.client(APP, token_endpoint_auth_method="none", first_party=True))
        world = node.run(node.world())
        gun = "tests.races.http_gun:HttpGun"
        with Squad(gun, {"urls": node.bases}, clients=CLIENTS) as squad, node.http() as http:
            yield squad, lambda luck: _prepare(node, http, world, luck)


def _prepare(node: LiveNode, http: httpx.Client, world: TokenWorld, luck: random.Random) -> Round:
    async def make_code() -> str:
        return await world.code(APP, audience=await node.audience(world, APP))

    fields = {
        "grant_type": "authorization_code",
        "client_id": APP,
        "code": node.run(make_code()),
        "redirect_uri": redirect_uri_of(APP),
        "code_verifier": VERIFIER,
    }
    first = http.post("/token", data=fields).json()["refresh_token"]
    is_ancestor = luck.random() < 0.5

    def judge(answers: list[Answer]) -> str | None:
        return _judge_grace(node, world, answers) or _judge_replay(
            node, http, first, answers[0].json["refresh_token"], is_ancestor=is_ancestor
        )

    return Round([Shot("POST", "/token", _fields(first))] * CLIENTS, judge)


def _fields(token: str) -> dict[str, str]:
    return {"grant_type": "refresh_token", "client_id": APP, "refresh_token": token}


def _judge_grace(node: LiveNode, world: TokenWorld, answers: list[Answer]) -> str | None:
    if any(answer.status != 200 for answer in answers):
        return f"not all were renewed: {sorted(answer.status for answer in answers)}"
    successors = {answer.json["refresh_token"] for answer in answers}
    if len(successors) != 1:
        return f"{len(successors)} successors"
    leaves = node.run(world.count_leaves_of(successors.pop()))
    return None if leaves == 1 else f"{leaves} live leaves"


def _judge_replay(
    node: LiveNode, http: httpx.Client, first: str, second: str, *, is_ancestor: bool
) -> str | None:
    renewed = http.post("/token", data=_fields(second))
    if renewed.status_code != 200:
        return f"the successor could not be used: {renewed.text}"
    third = renewed.json()
    if not is_ancestor:
        node.run(_end_grace(node, second))
    replayed = first if is_ancestor else second
    if http.post("/token", data=_fields(replayed)).status_code != 400:
        return f"a replay was answered (ancestor: {is_ancestor})"
    if http.post("/token", data=_fields(third["refresh_token"])).status_code != 400:
        return f"the family lives on after a replay (ancestor: {is_ancestor})"
    bearer = {"Authorization": f"Bearer {third['access_token']}"}
    if http.get("/userinfo", headers=bearer).status_code != 401:
        return f"the access token lives on after a replay (ancestor: {is_ancestor})"
    return None


async def _end_grace(node: LiveNode, token: str) -> None:
    async with node.database.write() as transaction:
        past = transaction.clock.now() - BEYOND_GRACE
        await transaction.connection.execute(
            update(refresh_token)
            .where(refresh_token.c.token_hash == hash_secret(token))
            .values(superseded_at=past)
        )
