"""`make kills N=`: every plan of kills on both databases, its twin first; prints the scoreboard."""

import argparse
import sys
from collections.abc import Iterator

from tests.faults.kills import Kill, find_kills, hunt_twin, run
from tests.parts import databases
from tests.proof import prove, tell

_TWIN_KILLS = 50


def main() -> int:
    """Run what was asked for; 1 when a property failed or a twin was not caught."""
    plans = find_kills()
    options = argparse.ArgumentParser(prog="make kills")
    options.add_argument("--kills", type=int, default=300)
    options.add_argument("--only", choices=plans, action="append")

    def attack(asked: argparse.Namespace) -> Iterator[bool]:
        for kind in ("sqlite", "postgresql"):
            for name in asked.only or plans:
                yield _attack(plans[name], kind, asked.kills, asked.seed)

    return prove(options, attack)


def _attack(kill: Kill, kind: str, kills: int, seed: int) -> bool:
    with databases.durable(kind) as url:
        caught = hunt_twin(kill, url, kills=_TWIN_KILLS, seed=seed)
    with databases.durable(kind) as url:
        score = run(kill, url, kills=kills, seed=seed)
    score.statement += f", {kind}"
    return tell(score, caught, f"{_TWIN_KILLS} kills: {kill.TWIN}")


if __name__ == "__main__":
    sys.exit(main())
