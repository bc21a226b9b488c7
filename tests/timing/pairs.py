"""Pairs of requests that differ in one thing only: whose address is typed.

Each pair is fired over one warm connection, in an order drawn anew, so that whatever else the
machine does falls on both sides alike.
"""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx

from tests.races.http_gun import Shot

ALLOWED_AUC = 0.05
ALLOWED_GAP = 0.02
ALLOWED_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Pair:
    """What is asked about somebody known, and the same about nobody."""

    known: Shot
    unknown: Shot


@dataclass
class Timings:
    """What n pairs have shown; seconds."""

    known: list[float] = field(default_factory=list)
    unknown: list[float] = field(default_factory=list)

    @property
    def auc(self) -> float:
        """The chance that the answer about somebody known took longer: 0.5 tells nothing."""
        marked = sorted([(one, 1) for one in self.known] + [(one, 0) for one in self.unknown])
        ranks = sum(rank for rank, (_, is_known) in enumerate(marked, 1) if is_known)
        n, m = len(self.known), len(self.unknown)
        return (ranks - n * (n + 1) / 2) / (n * m)

    @property
    def gap(self) -> float:
        """The median of how much longer the known side of a pair took, in seconds."""
        pairs = zip(self.known, self.unknown, strict=True)
        return statistics.median(known - unknown for known, unknown in pairs)

    @property
    def is_silent(self) -> bool:
        """Whether the times tell nothing that counts (A-07)."""
        allowed = max(ALLOWED_GAP * statistics.median(self.unknown), ALLOWED_SECONDS)
        return abs(self.auc - 0.5) <= ALLOWED_AUC and abs(self.gap) <= allowed


def measure(
    http: httpx.Client,
    pairs: Iterator[Pair],
    luck: random.Random,
    *,
    warm_up: int,
    check: Callable[[httpx.Response], str | None],
) -> Timings:
    """Fire every pair; the first ones only warm the server up. Raise for a refused request."""
    found = Timings()
    for number, pair in enumerate(pairs):
        sides = [(pair.known, found.known), (pair.unknown, found.unknown)]
        luck.shuffle(sides)
        for shot, times in sides:
            began = time.perf_counter()
            answer = http.request(shot.method, shot.path, data=shot.data, headers=shot.headers)
            took = time.perf_counter() - began
            if wrong := check(answer):
                raise AssertionError(wrong)
            if number >= warm_up:
                times.append(took)
    return found
