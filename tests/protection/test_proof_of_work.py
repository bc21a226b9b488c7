"""A-04: work is asked while many sign-ins fail; an answer is bound, used once, cheap to check."""

import base64
import json
import time
from datetime import timedelta

import pytest

from ciam.policies import ChallengePolicy, Policies
from ciam.protection.failure_rate import note_failure
from ciam.protection.proof_of_work import (
    LIFETIME,
    SIGN_IN,
    Challenge,
    WorkRefused,
    check_solution,
    is_asked,
    new_challenge,
    use_solution,
)
from ciam.storage import Database
from tests.factories.proof_of_work import solve
from tests.parts.clock import FakeClock

HERE, NEIGHBOUR, ELSEWHERE = "2001:db8:1:2::3", "2001:db8:1:2::4", "2001:db8:1:3::3"
POLICIES = Policies(challenges=ChallengePolicy(work=1000, waits=1))


def _new(database: Database) -> Challenge:
    return new_challenge(
        database.keys, POLICIES.challenges, SIGN_IN, address=HERE, now=database.clock.now()
    )


async def _use(database: Database, answer: str, action: str = SIGN_IN, address: str = HERE) -> None:
    async with database.write() as transaction:
        await use_solution(transaction, POLICIES, answer, action, address=address)


def _policies(**changes: str) -> Policies:
    return Policies(challenges=ChallengePolicy.model_validate(changes))


async def test_an_answer_is_used_once_and_in_its_own_network(database: Database) -> None:
    answer = solve(_new(database))
    with pytest.raises(WorkRefused):
        await _use(database, answer, address=ELSEWHERE)
    with pytest.raises(WorkRefused):
        await _use(database, answer, action="something else")
    await _use(database, answer, address=NEIGHBOUR)
    with pytest.raises(WorkRefused):
        await _use(database, answer)


async def test_an_answer_is_too_old_after_ten_minutes(database: Database, clock: FakeClock) -> None:
    answer = solve(_new(database))
    clock.advance(LIFETIME)
    with pytest.raises(WorkRefused):
        await _use(database, answer)


@pytest.mark.parametrize(
    "change",
    [
        {"salt": "00?made=0&expires=99999999999&"},
        {"challenge": "0" * 64},
        {"signature": "0" * 64},
        {"number": -1},
        {"number": "1"},
        {"algorithm": "SHA-1"},
    ],
    ids=str,
)
async def test_a_changed_answer_is_none(database: Database, change: dict[str, object]) -> None:
    answer = json.loads(base64.b64decode(solve(_new(database)))) | change
    with pytest.raises(WorkRefused):
        await _use(database, base64.b64encode(json.dumps(answer).encode()).decode())


@pytest.mark.parametrize(
    "given", ["", "x", "e30=", base64.b64encode(b"[" * 1500).decode(), "A" * 5000, "bnVsbA=="]
)
async def test_what_is_no_answer_is_refused(database: Database, given: str) -> None:
    with pytest.raises(WorkRefused):
        await _use(database, given)


async def test_who_has_no_scripts_waits_instead_and_few_of_one_network_may(
    database: Database, clock: FakeClock
) -> None:
    first, second = _new(database), _new(database)
    with pytest.raises(WorkRefused):
        await _use(database, first.unsolved())
    clock.advance(POLICIES.challenges.wait)
    await _use(database, first.unsolved())
    with pytest.raises(WorkRefused):
        await _use(database, second.unsolved())
    await _use(database, solve(second))


async def test_it_is_asked_while_many_fail_everywhere(database: Database, clock: FakeClock) -> None:
    async def asked(policies: Policies = POLICIES) -> bool:
        async with database.read() as transaction:
            return await is_asked(transaction, policies, address=HERE)

    assert not await asked()
    for _ in range(POLICIES.challenges.failures_minute):
        async with database.write() as transaction:
            await note_failure(transaction)
    assert await asked()
    off = _policies(proof_of_work="off")
    assert not await asked(off)
    clock.advance(timedelta(minutes=2))
    assert not await asked()
    assert await asked(_policies(proof_of_work="always"))


async def test_to_check_an_answer_takes_less_than_a_millisecond(database: Database) -> None:
    """Of the best of many: what it costs, not what else the machine does."""
    answer, now = solve(_new(database)), database.clock.now()
    costs = []
    for _ in range(200):
        begun = time.perf_counter()
        check_solution(database.keys, answer, SIGN_IN, address=HERE, now=now)
        costs.append(time.perf_counter() - begun)
    assert min(costs) < 0.001
