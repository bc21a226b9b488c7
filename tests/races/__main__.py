"""`make races ROUNDS=`: every race on both databases, its twin first; prints the scoreboard."""

import argparse
import sys
from collections.abc import Iterator

from tests.parts import databases
from tests.proof import prove, tell
from tests.races.race import Race, find_races, hunt_twin, run

_TWIN_ROUNDS = 50


def main() -> int:
    """Run what was asked for; 1 when a property failed or a twin was not caught."""
    races = find_races()
    options = argparse.ArgumentParser(prog="make races")
    options.add_argument("--rounds", type=int, default=1000)
    options.add_argument("--only", choices=races, action="append")

    def attack(asked: argparse.Namespace) -> Iterator[bool]:
        for kind in ("sqlite", "postgresql"):
            for name in asked.only or races:
                yield _attack(races[name], kind, asked.rounds, asked.seed)

    return prove(options, attack)


def _attack(race: Race, kind: str, rounds: int, seed: int) -> bool:
    with databases.durable(kind) as url:
        caught = hunt_twin(race, url, rounds=_TWIN_ROUNDS, seed=seed)
    with databases.durable(kind) as url:
        score = run(race, url, rounds=rounds, seed=seed)
    score.statement += f", {kind}"
    return tell(score, caught, f"{_TWIN_ROUNDS} rounds: {race.TWIN}")


if __name__ == "__main__":
    sys.exit(main())
