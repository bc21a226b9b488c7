"""C-01: a code is redeemed once; a second valid use revokes, an invalid one does not.

In every second round one client is right and the others know the code alone: a code that leaked is
no kill switch, so what was issued has to live on (RFC 9700 §2.1.1).
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.factories.live_node import LiveNode, live_node
from tests.factories.token_world import VERIFIER, TokenWorld, redirect_uri_of
from tests.races.http_gun import Answer, Shot
from tests.races.race import Round
from tests.races.squad import Squad

ID = "C-01"
PROPERTY = "a code is redeemed once, a replay revokes, a stranger does not"
TWIN = "read_then_write_code"
SHORT = 20
CLIENTS = 10
APP = "spa"


@contextmanager
def open(  # noqa: A001 - the name every race has
    database_url: str, twin: str | None
) -> Iterator[tuple[Squad, Callable[[random.Random], Round]]]:
    """Start two nodes and ten clients in two processes."""
    with live_node(database_url, twin=twin, nodes=2, workers=1) as node:
        gun = "tests.races.http_gun:HttpGun"
        node.run(node.client(APP, token_endpoint_auth_method="none", first_party=True))
        world = node.run(node.world())
        with Squad(gun, {"urls": node.bases}, clients=CLIENTS) as squad:
            yield squad, lambda luck: _prepare(node, world, luck)


def _prepare(node: LiveNode, world: TokenWorld, luck: random.Random) -> Round:
    async def make_code() -> str:
        return await world.code(APP, audience=await node.audience(world, APP))

    code = node.run(make_code())
    is_alone = luck.random() < 0.5
    owner = luck.randrange(CLIENTS)
    shots = [
        _redemption(code, VERIFIER if not is_alone or number == owner else "b" * 43)
        for number in range(CLIENTS)
    ]

    def judge(answers: list[Answer]) -> str | None:
        return _judge(node, code, answers, replayed=not is_alone)

    return Round(shots, judge)


def _redemption(code: str, verifier: str) -> Shot:
    fields = {
        "grant_type": "authorization_code",
        "client_id": APP,
        "code": code,
        "redirect_uri": redirect_uri_of(APP),
        "code_verifier": verifier,
    }
    return Shot("POST", "/token", fields)


def _judge(node: LiveNode, code: str, answers: list[Answer], *, replayed: bool) -> str | None:
    won = [answer for answer in answers if answer.status == 200]
    lost = [answer for answer in answers if answer.status == 400]
    if len(won) != 1 or len(lost) != CLIENTS - 1:
        return f"{len(won)} redeemed it, answers {sorted(answer.status for answer in answers)}"
    with node.http() as http:
        bearer = {"Authorization": f"Bearer {won[0].json['access_token']}"}
        if not replayed:
            if http.get("/userinfo", headers=bearer).status_code != 200:
                return "a stranger who had the code alone ended what was issued"
            again = _redemption(code, VERIFIER)
            if http.post(again.path, data=again.data).status_code != 400:
                return "it was redeemed again afterwards"
        if http.get("/userinfo", headers=bearer).status_code != 401:
            return "the access token lives on after a replay"
        fields = {"grant_type": "refresh_token", "client_id": APP}
        fields["refresh_token"] = won[0].json["refresh_token"]
        if http.post("/token", data=fields).status_code != 400:
            return "the refresh token lives on after a replay"
    return None
