"""`make timing PAIRS=`: A-07 on both databases; the twin that says it early must be heard."""

import argparse
import random
import sys
from collections.abc import Iterator
from typing import Any, Final

from ciam.customers.passwords import PasswordHasher
from tests.factories.live_node import LiveNode, Visitor, live_node
from tests.parts import databases
from tests.proof import prove
from tests.scoreboard import commit
from tests.timing.endpoints import ENDPOINTS, STATES, Endpoint, make_pairs, make_people
from tests.timing.pairs import Timings, measure

_WARM_UP = 20
_LIMITS: Final[dict[str, Any]] = {
    "password_failures": 1_000_000,
    "mails_hour": 1_000_000,
    "mails_day": 1_000_000,
}


def main() -> int:
    """Measure what was asked for; 1 when a time tells too much, or the twin's did not."""
    options = argparse.ArgumentParser(prog="make timing")
    options.add_argument("--pairs", type=int, default=2000)
    options.add_argument("--only", choices=["sqlite", "postgresql"])
    options.add_argument("--state", choices=STATES, action="append")
    options.add_argument("--endpoint", choices=[each.name for each in ENDPOINTS], action="append")

    def attack(asked: argparse.Namespace) -> Iterator[bool]:
        endpoints = [each for each in ENDPOINTS if each.name in (asked.endpoint or [each.name])]
        for kind in [asked.only] if asked.only else ["sqlite", "postgresql"]:
            yield _listen_to_twin(kind, min(asked.pairs, 200), asked.seed)
            for state in asked.state or STATES:
                yield _listen(kind, state, endpoints, pairs=asked.pairs, seed=asked.seed)

    return prove(options, attack)


def _listen(kind: str, state: str, endpoints: list[Endpoint], *, pairs: int, seed: int) -> bool:
    failed = False
    with databases.durable(kind) as url, live_node(url, workers=1, **_LIMITS) as node:
        addresses = node.run(make_people(node, state, _stored(node)))
        for endpoint in endpoints:
            visitor = node.visitor()
            heard = _fire(node, visitor, endpoint, addresses, pairs=pairs, seed=seed)
            print(_line(f"{endpoint.name}, {state}, {kind}", heard, seed), flush=True)
            failed |= not heard.is_silent
    return failed


def _listen_to_twin(kind: str, pairs: int, seed: int) -> bool:
    twin = "early_return_for_nobody"
    with databases.durable(kind) as url, live_node(url, workers=1, twin=twin, **_LIMITS) as node:
        addresses = node.run(make_people(node, "active", _stored(node)))
        heard = _fire(node, node.visitor(), ENDPOINTS[0], addresses, pairs=pairs, seed=seed)
    print(_line(f"twin {twin}, {kind}", heard, seed), flush=True)
    return heard.is_silent


def _fire(
    node: LiveNode,
    visitor: Visitor,
    endpoint: Endpoint,
    addresses: list[str],
    *,
    pairs: int,
    seed: int,
) -> Timings:
    def check(status: int) -> str | None:
        return None if status == endpoint.status else f"{endpoint.name} answered {status}"

    with node.http() as http:
        return measure(
            http,
            make_pairs(node, visitor, endpoint, addresses, pairs + _WARM_UP),
            random.Random(seed),
            warm_up=_WARM_UP,
            check=lambda answer: check(answer.status_code),
        )


def _stored(node: LiveNode) -> str:
    hasher = PasswordHasher(1)
    stored = node.run(hasher.hash("a password nobody guesses", node.database.keys))
    hasher.close()
    return stored


def _line(what: str, heard: Timings, seed: int) -> str:
    return (
        f"A-07 | {what} | pairs={len(heard.known)} | AUC={heard.auc:.3f} | "
        f"median gap={heard.gap * 1000:+.2f} ms | "
        f"{'silent' if heard.is_silent else 'TELLS'} | seed={seed} | commit={commit()}"
    )


if __name__ == "__main__":
    sys.exit(main())
