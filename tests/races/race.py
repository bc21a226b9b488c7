"""One race: prepared anew each round, fired by a squad, judged; and the hunt for its twin."""

import importlib
import pkgutil
import random
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

import tests.races
from tests.races.squad import Squad
from tests.scoreboard import Score


@dataclass(frozen=True, slots=True)
class Round:
    """What one round needs: the payload of each client, and who judges the results."""

    payloads: list[Any]
    judge: Callable[[list[Any]], str | None]


class Race(Protocol):
    """One module `tests/races/race_<name>.py` with these names."""

    ID: str
    PROPERTY: str
    TWIN: str  # a module of tests/races/twins
    SHORT: int  # rounds with every test run

    def open(
        self, database_url: str, twin: str | None
    ) -> AbstractContextManager[tuple[Squad, Callable[[random.Random], Round]]]:
        """Start what the race needs; give the squad and what prepares a round."""
        ...


def find_races() -> dict[str, Race]:
    """Find every race by its module's name."""
    names = [m.name for m in pkgutil.iter_modules(tests.races.__path__)]
    return {
        name.removeprefix("race_"): importlib.import_module(f"tests.races.{name}")
        for name in sorted(names)
        if name.startswith("race_")
    }


def run(race: Race, database_url: str, *, rounds: int, seed: int) -> Score:
    """Run a race against the real code."""
    score = Score(race.ID, race.PROPERTY, seed)
    _run(race, database_url, None, score, rounds)
    return score


def hunt_twin(race: Race, database_url: str, *, rounds: int, seed: int) -> str | None:
    """Run the same race against its twin until it is caught; say when, or None."""
    score = Score(race.ID, race.PROPERTY, seed)
    _run(race, database_url, race.TWIN, score, rounds, until_caught=True)
    return f"caught in round {score.n}: {race.TWIN}" if score.failures else None


def caught_by(race: Race, database_url: str, *, rounds: int, seed: int) -> Generator[str]:
    """Give what is found in each round of a race against its twin."""
    luck = random.Random(seed)
    with race.open(database_url, race.TWIN) as (squad, prepare):
        for _ in range(rounds):
            prepared = prepare(luck)
            found = squad.fire(prepared.payloads)
            yield ("" if _has_failed(found) else prepared.judge(found)) or ""


def _has_failed(found: list[Any]) -> bool:
    """Whether a twin fell over: then it shows nothing about what it was to be broken in."""
    return any(getattr(one, "status", None) == HTTPStatus.INTERNAL_SERVER_ERROR for one in found)


def _run(
    race: Race,
    database_url: str,
    twin: str | None,
    score: Score,
    rounds: int,
    *,
    until_caught: bool = False,
) -> None:
    luck = random.Random(score.seed)
    with race.open(database_url, twin) as (squad, prepare):
        for _ in range(rounds):
            prepared = prepare(luck)
            found = squad.fire(prepared.payloads)
            score.count(None if twin and _has_failed(found) else prepared.judge(found))
            if until_caught and score.failures:
                return
