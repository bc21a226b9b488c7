"""C-12: a token revoked on one node is dead on the others at once."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import httpx

from tests.factories.live_node import live_node
from tests.factories.token_world import SCOPES, VERIFIER, redirect_uri_of
from tests.scoreboard import Score

if TYPE_CHECKING:
    from tests.factories.live_node import LiveNode
    from tests.factories.token_world import TokenWorld

ID = "C-12"
STATEMENT = "revoked on one of 3 nodes, looked for on the others every 50 ms: dead within 1 s"
TWIN = "remembers_live_tokens"
DATABASES = ("postgresql",)
SHOWN, SHORT = 300, 10
_MOST, _LOOK_EVERY = 1.0, 0.05
_CLIENT = "seen-everywhere"


def run(database_url: str, *, n: int, seed: int, twin: str | None = None) -> Score:
    """Revoke `n` tokens, each on a node by chance."""
    score, luck = Score(ID, STATEMENT, seed), random.Random(seed)
    with live_node(database_url, nodes=3, workers=1, twin=twin) as node:
        node.run(node.client(_CLIENT, token_endpoint_auth_method="none", scope=SCOPES))
        world = node.run(node.world())
        seen = []
        for _ in range(n):
            waits = _revoke(node, world, luck)
            seen += waits
            late = [wait for wait in waits if wait > _MOST]
            score.count(f"alive elsewhere for {max(late):.2f} s" if late else None)
            if twin and late:
                break
    seen.sort()
    p99 = seen[int(len(seen) * 0.99)]
    score.statement += f" (p99 {p99 * 1000:.0f} ms, max {seen[-1] * 1000:.0f} ms)"
    return score


def _revoke(node: LiveNode, world: TokenWorld, luck: random.Random) -> list[float]:
    """Revoke one family; gives for each other node how long its access token was good there."""
    here, *others = luck.sample(node.bases, len(node.bases))
    audience = node.run(node.audience(world, _CLIENT))
    code = node.run(world.code(_CLIENT, audience=audience))
    with httpx.Client(trust_env=False, timeout=10) as http:
        fields = {"client_id": _CLIENT, "redirect_uri": redirect_uri_of(_CLIENT)}
        fields |= {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
        tokens = http.post(f"{here}/token", data=fields).json()
        for other in others:
            assert _is_good(http, other, tokens["access_token"])
        revoked = {"client_id": _CLIENT, "token": tokens["refresh_token"]}
        assert http.post(f"{here}/revoke", data=revoked).status_code == 200
        return [_wait(http, other, tokens["access_token"]) for other in others]


def _wait(http: httpx.Client, base: str, token: str) -> float:
    began = time.monotonic()
    while _is_good(http, base, token):
        if time.monotonic() - began > 5 * _MOST:
            break
        time.sleep(_LOOK_EVERY)
    return time.monotonic() - began


def _is_good(http: httpx.Client, base: str, token: str) -> bool:
    answer = http.get(f"{base}/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code in {200, 401}, answer.text
    return answer.status_code == 200
