"""`make faults`: every fault on its databases, the twin first; prints the scoreboard."""

import argparse
import sys
import time
from collections.abc import Iterator

from tests.faults.fault import Fault, find_faults
from tests.parts import databases
from tests.proof import prove, tell


def main() -> int:
    """Run what was asked for; 1 when a property failed or a twin was not caught."""
    faults = find_faults()
    options = argparse.ArgumentParser(prog="make faults")
    options.add_argument("--only", choices=faults, action="append")
    options.add_argument("--percent", type=int, default=100, help="of the shown size")

    def attack(asked: argparse.Namespace) -> Iterator[bool]:
        for name in asked.only or faults:
            fault = faults[name]
            n = max(fault.SHORT, fault.SHOWN * asked.percent // 100)
            for kind in fault.DATABASES:
                yield _attack(fault, kind, n, asked.seed)

    return prove(options, attack)


def _attack(fault: Fault, kind: str, n: int, seed: int) -> bool:
    began = time.monotonic()
    with databases.durable(kind) as url:
        broken = fault.run(url, n=n, seed=seed, twin=fault.TWIN)
    with databases.durable(kind) as url:
        score = fault.run(url, n=n, seed=seed)
    score.statement += f", {kind}, {time.monotonic() - began:.0f} s"
    caught = f"caught at {broken.n}: {fault.TWIN}" if broken.failures else None
    return tell(score, caught, f"{broken.n}: {fault.TWIN}")


if __name__ == "__main__":
    sys.exit(main())
