"""`make races ROUNDS=`: every race on both databases, its twin first; prints the scoreboard."""

import argparse
import secrets
import signal
import sys

from tests.parts import databases, run_folder
from tests.races.race import Race, find_races, hunt_twin, run

_TWIN_ROUNDS = 50


def main() -> int:
    """Run what was asked for; 1 when a property failed or a twin was not caught."""
    races = find_races()
    parser = argparse.ArgumentParser(prog="make races")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument("--only", choices=races, action="append")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no server is left behind
    run_folder.begin()
    failed = False
    try:
        for kind in ("sqlite", "postgresql"):
            for name in asked.only or races:
                failed |= _attack(races[name], kind, asked.rounds, asked.seed)
    finally:
        databases.drop_templates()
        run_folder.remove(run_folder.current())
    return int(failed)


def _attack(race: Race, kind: str, rounds: int, seed: int) -> bool:
    with databases.durable(kind) as url:
        caught = hunt_twin(race, url, rounds=_TWIN_ROUNDS, seed=seed)
    with databases.durable(kind) as url:
        score = run(race, url, rounds=rounds, seed=seed)
    score.statement += f", {kind}"
    score.twin = caught or f"NOT CAUGHT in {_TWIN_ROUNDS} rounds: {race.TWIN}"
    print(score.line(), *score.examples, sep="\n  ", flush=True)
    return bool(score.failures) or caught is None


if __name__ == "__main__":
    sys.exit(main())
