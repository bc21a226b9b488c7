"""What every command has around it that proves something at its shown size."""

import argparse
import secrets
import signal
import sys
from collections.abc import Callable, Iterable

from tests.parts import databases, run_folder
from tests.scoreboard import Score


def prove(
    options: argparse.ArgumentParser, attack: Callable[[argparse.Namespace], Iterable[bool]]
) -> int:
    """Attack what was asked for, to the end, and leave nothing behind; 1 when anything failed."""
    options.add_argument("--seed", type=int, default=secrets.randbits(32))
    asked = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no server is left behind
    run_folder.begin()
    try:
        return int(any([*attack(asked)]))
    finally:
        databases.drop_templates()
        run_folder.remove(run_folder.current())


def tell(score: Score, caught: str | None, tried: str) -> bool:
    """Print the line of a property; True when it failed, or when its twin was not caught."""
    score.twin = caught or f"NOT CAUGHT in {tried}"
    print(score.line(), *score.examples, sep="\n  ", flush=True)
    return bool(score.failures) or caught is None
