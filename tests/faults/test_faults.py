"""Every fault in short, and that its broken twin is caught; the shown size is `make faults`."""

import pytest

from tests.faults.fault import find_faults
from tests.parts import databases

QUICK = ("nth_call", "duplicates", "node_loss", "database_restart", "full_disk", "redis")
"""The others wait for keys or deadlines: they are of `make faults` alone."""
CASES = [(name, kind) for name in QUICK for kind in find_faults()[name].DATABASES]


@pytest.mark.faults
@pytest.mark.parametrize(("name", "kind"), CASES)
def test_what_must_hold_holds_while_something_is_away(name: str, kind: str) -> None:
    fault = find_faults()[name]
    with databases.durable(kind) as url:
        score = fault.run(url, n=fault.SHORT, seed=1)
    print(score.line())
    assert score.n > 0
    assert score.failures == 0, "\n".join(score.examples)


@pytest.mark.faults
@pytest.mark.parametrize("name", ["nth_call", "duplicates"])
def test_the_twin_is_caught(name: str) -> None:
    fault = find_faults()[name]
    with databases.durable("sqlite") as url:
        score = fault.run(url, n=fault.SHORT, seed=1, twin=fault.TWIN)
    assert score.failures > 0, f"{fault.TWIN} was not caught in {score.n}"
