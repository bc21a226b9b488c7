"""Challenges: good once, for one purpose, in one browser and place, until they end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ciam.customers.passkey_challenges import (
    REGISTER,
    SIGN_IN,
    ChallengeRefused,
    Scope,
    check,
    claim,
    issue,
)
from ciam.sealing import ServerKeys
from ciam.storage import Database
from tests.customers.ceremonies import NOW

SCOPE = Scope(SIGN_IN, b"browser", "journey")


async def test_a_challenge_is_claimed_once(database: Database) -> None:
    now = database.clock.now()
    value = issue(database.keys, SCOPE, now + timedelta(minutes=5))
    challenge = check(database.keys, SCOPE, value, now)
    async with database.write() as transaction:
        assert await claim(transaction, challenge)
    async with database.write() as transaction:
        assert not await claim(transaction, challenge)


@pytest.mark.parametrize(
    "other",
    [
        replace(SCOPE, purpose=REGISTER),
        replace(SCOPE, browser_hash=b"another"),
        replace(SCOPE, belongs_to="another"),
    ],
)
def test_a_challenge_counts_nowhere_else(keys: ServerKeys, other: Scope) -> None:
    value = issue(keys, SCOPE, NOW + timedelta(minutes=5))
    with pytest.raises(ChallengeRefused):
        check(keys, other, value, NOW)


def test_a_challenge_ends_and_cannot_be_made_to_last(keys: ServerKeys) -> None:
    value = issue(keys, SCOPE, NOW + timedelta(minutes=5))
    check(keys, SCOPE, value, NOW + timedelta(minutes=4, seconds=58))
    with pytest.raises(ChallengeRefused, match="too old"):
        check(keys, SCOPE, value, NOW + timedelta(minutes=5))
    longer = issue(keys, SCOPE, NOW + timedelta(minutes=6))
    for made in (
        value[:16] + longer[16:24] + value[24:],  # another end under the same proof
        value[:-1],
        b"",
        b"\0" * len(value),
        value + b"\0",
    ):
        with pytest.raises(ChallengeRefused):
            check(keys, SCOPE, made, NOW)


def test_two_challenges_differ(keys: ServerKeys) -> None:
    end = NOW + timedelta(minutes=5)
    assert issue(keys, SCOPE, end) != issue(keys, SCOPE, end)
