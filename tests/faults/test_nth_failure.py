"""R-08 in short: some calls of every journey fail, on both databases; what must be caught is."""

import pytest

from tests.faults.broken_calls import KINDS
from tests.faults.nth_failure import attack

_STEP = 9  # every ninth call; the shown size is `make faults`


@pytest.mark.faults
async def test_whatever_call_fails_every_journey_ends_as_it_must(database_url: str) -> None:
    kind = database_url.partition("+")[0].partition(":")[0]
    score = await attack(database_url, KINDS[kind], seed=1, step=_STEP)
    print(score.line())
    assert score.n > 50
    assert score.failures == 0, "\n".join(score.examples)
