"""`make kills N=`: every plan of kills on both databases, its twin first; prints the scoreboard."""

import argparse
import secrets
import signal
import sys

from tests.faults.kills import Kill, find_kills, hunt_twin, run
from tests.parts import databases, run_folder

_TWIN_KILLS = 50


def main() -> int:
    """Run what was asked for; 1 when a property failed or a twin was not caught."""
    plans = find_kills()
    parser = argparse.ArgumentParser(prog="make kills")
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument("--only", choices=plans, action="append")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no server is left behind
    run_folder.begin()
    failed = False
    try:
        for kind in ("sqlite", "postgresql"):
            for name in asked.only or plans:
                failed |= _attack(plans[name], kind, asked.kills, asked.seed)
    finally:
        databases.drop_templates()
        run_folder.remove(run_folder.current())
    return int(failed)


def _attack(kill: Kill, kind: str, kills: int, seed: int) -> bool:
    with databases.durable(kind) as url:
        caught = hunt_twin(kill, url, kills=_TWIN_KILLS, seed=seed)
    with databases.durable(kind) as url:
        score = run(kill, url, kills=kills, seed=seed)
    score.statement += f", {kind}"
    score.twin = caught or f"NOT CAUGHT in {_TWIN_KILLS} kills: {kill.TWIN}"
    print(score.line(), *score.examples, sep="\n  ", flush=True)
    return bool(score.failures) or caught is None


if __name__ == "__main__":
    sys.exit(main())
