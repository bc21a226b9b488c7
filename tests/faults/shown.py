"""`make faults`: every fault on its databases, the twin first; prints the scoreboard."""

import argparse
import secrets
import signal
import sys
import time

from tests.faults.fault import Fault, find_faults
from tests.parts import databases, run_folder


def main() -> int:
    """Run what was asked for; 1 when a property failed or a twin was not caught."""
    faults = find_faults()
    parser = argparse.ArgumentParser(prog="make faults")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument("--only", choices=faults, action="append")
    parser.add_argument("--percent", type=int, default=100, help="of the shown size")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no server is left behind
    run_folder.begin()
    failed = False
    try:
        for name in asked.only or faults:
            for kind in faults[name].DATABASES:
                n = max(faults[name].SHORT, faults[name].SHOWN * asked.percent // 100)
                failed |= _attack(faults[name], kind, n, asked.seed)
    finally:
        databases.drop_templates()
        run_folder.remove(run_folder.current())
    return int(failed)


def _attack(fault: Fault, kind: str, n: int, seed: int) -> bool:
    began = time.monotonic()
    with databases.durable(kind) as url:
        broken = fault.run(url, n=n, seed=seed, twin=fault.TWIN)
    with databases.durable(kind) as url:
        score = fault.run(url, n=n, seed=seed)
    score.statement += f", {kind}, {time.monotonic() - began:.0f} s"
    is_caught = broken.failures > 0
    said = f"caught at {broken.n}: {fault.TWIN}"
    score.twin = said if is_caught else f"NOT CAUGHT in {broken.n}: {fault.TWIN}"
    print(score.line(), *score.examples, sep="\n  ", flush=True)
    return bool(score.failures) or not is_caught


if __name__ == "__main__":
    sys.exit(main())
