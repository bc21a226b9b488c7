"""Every race, short: some rounds without a violation, and the twin is caught, on both databases."""

import pytest

from tests.races.race import find_races, hunt_twin, run

_TWIN_ROUNDS = 20


@pytest.mark.races
@pytest.mark.parametrize("name", find_races())
def test_nothing_is_won_twice(name: str, database_url: str) -> None:
    race = find_races()[name]
    score = run(race, database_url, rounds=race.SHORT, seed=1)
    print(score.line())
    assert (score.n, score.failures) == (race.SHORT, 0), score.examples


@pytest.mark.races
@pytest.mark.parametrize("name", find_races())
def test_the_twin_is_caught(name: str, database_url: str) -> None:
    caught = hunt_twin(find_races()[name], database_url, rounds=_TWIN_ROUNDS, seed=1)
    print(caught)
    assert caught is not None
