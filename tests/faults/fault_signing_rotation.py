"""C-18: signing keys rotate while two nodes issue; who caches the JWKS meets no unknown key."""

from __future__ import annotations

import itertools
import threading
import time
from typing import TYPE_CHECKING, Any
from unittest import mock

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

import ciam.keys.signing
from ciam.keys.signing import rotate_signing_key
from tests.factories.live_node import LiveNode, live_node
from tests.factories.token_world import basic, secret_of
from tests.races.twins.quick_keys import SOON
from tests.scoreboard import Score

if TYPE_CHECKING:
    from datetime import timedelta

ID = "C-18"
STATEMENT = "signing keys rotate while 2 nodes issue: each token verifies with a JWKS of max-age"
TWIN = "signs_at_once"
DATABASES = ("postgresql",)
SHOWN, SHORT = 10_000, 150
_CLIENT, _API = "batch", "orders"
_READERS = 3
_EVERY = 3.0


class _Reader:
    """A relying party: keeps the JWKS for as long as it may, and never asks before."""

    def __init__(self, node: LiveNode) -> None:
        self.node, self.keys, self.until = node, KeySet([]), 0.0
        self.http = httpx.Client(trust_env=False, timeout=20)

    def check(self, token: str) -> str | None:
        """Verify one token; gives what is wrong."""
        now = time.monotonic()
        if now >= self.until:
            host = self.node.server.url.removeprefix("http://")
            answer = self.http.get(f"{self.node.base}/jwks.json", headers={"Host": host})
            self.keys = KeySet.import_key_set(answer.json())
            ages = answer.headers["cache-control"].split("max-age=")
            self.until = now + int(ages[1].split(",")[0])
        try:
            jwt.decode(token, self.keys, algorithms=["ES256"])
        except (JoseError, ValueError) as error:
            return f"a token does not verify: {type(error).__name__}"
        return None


def run(database_url: str, *, n: int, seed: int, twin: str | None = None) -> Score:
    """Issue and verify `n` tokens over at least two rotations."""
    score, done = Score(ID, STATEMENT, seed), threading.Event()
    wait = SOON * 0 if twin else SOON * 2
    with live_node(database_url, nodes=2, workers=1, twin="quick_keys") as node:
        node.run(_register(node))
        lock, turn = threading.Lock(), itertools.cycle(node.bases)
        began = time.monotonic()

        def issue() -> None:
            reader = _Reader(node)
            while not done.is_set():
                wrong = reader.check(_issue(reader.http, next(turn)))
                with lock:
                    score.count(wrong)
                    has_rotated = time.monotonic() - began > 5 * SOON.total_seconds()
                    if (score.n >= n and has_rotated) or (twin and score.failures):
                        done.set()
                time.sleep(0.02)

        threads = [threading.Thread(target=issue) for _ in range(_READERS)]
        for thread in threads:
            thread.start()
        rotations = 0
        while not done.wait(_EVERY if rotations else 1.0):
            node.run(_rotate(node, wait))
            rotations += 1
        for thread in threads:
            thread.join()
    score.statement += f" ({rotations} rotations)"
    return score


def _issue(http: httpx.Client, base: str) -> str:
    answer = http.post(
        f"{base}/token",
        data={"grant_type": "client_credentials", "scope": _API},
        headers={"Authorization": basic(_CLIENT)},
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return str(found["access_token"])


async def _rotate(node: LiveNode, wait: timedelta) -> None:
    with mock.patch.object(ciam.keys.signing, "PUBLISHED_BEFORE", wait):
        async with node.database.write() as transaction:
            await rotate_signing_key(transaction, "tokens", "ES256")


async def _register(node: LiveNode) -> None:
    from ciam.identifiers import hash_secret  # noqa: PLC0415 - of this step alone
    from ciam.oauth.registration import ClientMetadata  # noqa: PLC0415 - of this step alone

    document = ClientMetadata.model_validate(
        {"client_name": "Batch", "grant_types": ["client_credentials"], "scope": _API}
    )
    async with node.database.write() as transaction:
        await transaction.clients.put(
            _CLIENT,
            document.to_document(),
            secret_hash=hash_secret(secret_of(_CLIENT)),
            brand=None,
            managed_by="file",
        )
        await transaction.config.raise_generation()
