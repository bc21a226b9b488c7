"""Every plan of kills, short; and the harness itself, against a server that answers too early."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.kills import Journal, Plan, find_kills, hunt_twin, kill_often, run
from tests.parts.server import Server
from tests.scoreboard import Score

_SHORT = 5  # a restart takes seconds; the shown size is `make kills N=`
_TWIN_KILLS = 15


@pytest.fixture
def toy(serve: Callable[..., Server], tmp_path: Path) -> Callable[..., Plan]:
    def plan(*flags: str) -> Plan:
        path = tmp_path / "toy.db"
        server = serve(command=["-m", "tests.faults.toy", "--database", str(path), *flags])

        def check(journal: Journal) -> list[str]:
            with sqlite3.connect(path) as database:
                there = {name for (name,) in database.execute("SELECT name FROM mark")}
            return [f"{name} is lost" for name in journal.acked if name not in there]

        return Plan(server, lambda c, name: c.post(f"/{name}").is_success, check)

    return plan


@pytest.mark.faults
def test_the_harness_finds_nothing_where_nothing_is_lost(toy: Callable[..., Plan]) -> None:
    score = Score("toy", "a write before the answer survives", seed=1)
    kill_often(toy(), score, kills=3)
    assert (score.n, score.failures) == (3, 0), score.examples
    assert score.acked > 0


@pytest.mark.faults
def test_the_harness_catches_an_answer_before_the_write(toy: Callable[..., Plan]) -> None:
    score = Score("toy", "a write after the answer is lost", seed=1)
    kill_often(toy("--late"), score, kills=5, until_caught=True)
    assert score.failures == 1


@pytest.mark.faults
@pytest.mark.parametrize("name", find_kills())
def test_kills_lose_nothing(name: str, database_url: str) -> None:
    score = run(find_kills()[name], database_url, kills=_SHORT, seed=1)
    print(score.line())
    assert (score.n, score.failures) == (_SHORT, 0), score.examples


@pytest.mark.faults
@pytest.mark.parametrize("name", find_kills())
def test_the_twin_is_caught(name: str, database_url: str) -> None:
    assert hunt_twin(find_kills()[name], database_url, kills=_TWIN_KILLS, seed=1) is not None
