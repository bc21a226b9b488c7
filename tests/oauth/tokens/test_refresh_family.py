"""The family of refresh tokens as a machine: whatever a client does, model and server agree."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ciam.oauth.errors import InvalidGrant
from ciam.sealing import KeyRing, new_key
from ciam.storage import Database
from tests.factories.token_world import TokenWorld, make_token_world
from tests.parts.clock import FakeClock

GRACE = timedelta(seconds=10)

present = st.tuples(st.just("present"), st.integers(0, 5))
"""Present the token that many generations before the leaf."""

wait = st.tuples(st.just("wait"), st.sampled_from([1, 4, 9, 10, 11, 3600]))
revoke = st.tuples(st.just("revoke"), st.just(0))
moves = st.lists(st.one_of(present, present, present, wait, revoke), min_size=1, max_size=14)


@dataclass
class Family:
    """What must be true, written as plainly as decisions.md says it."""

    tokens: list[str]
    rotated_at: list[datetime | None] = field(default_factory=lambda: [None])
    is_dead: bool = False

    def expects(self, index: int, now: datetime) -> str:
        """Say what presenting a token gives: `new`, `same` or `refused`; a replay kills."""
        rotated_at = self.rotated_at[index]
        if self.is_dead:
            return "refused"
        if rotated_at is None:
            return "new"
        is_immediate = index == len(self.tokens) - 2
        if is_immediate and now - rotated_at < GRACE:
            return "same"
        self.is_dead = True
        return "refused"


async def play(world: TokenWorld, game: list[tuple[str, int]]) -> None:
    """Play one game on a fresh family and compare after every move."""
    family = Family([(await world.exchange_code("spa")).refresh_token or ""])
    for move, number in game:
        if move == "wait":
            world.clock.advance(timedelta(seconds=number))
        elif move == "revoke" and len(family.tokens) > 3:
            await world.revoke(family.tokens[number], "spa")
            family.is_dead = True
        elif move == "present":
            await present_token(world, family, max(0, len(family.tokens) - 1 - number))


async def present_token(world: TokenWorld, family: Family, index: int) -> None:
    """Present one token and hold the answer against the model."""
    token, expected = family.tokens[index], family.expects(index, world.clock.now())
    try:
        answer = await world.exchange("spa", grant_type="refresh_token", refresh_token=token)
    except InvalidGrant:
        assert expected == "refused"
        assert not await world.has_active(family.tokens[-1])
        return
    assert answer.refresh_token is not None
    if expected == "same":
        assert answer.refresh_token == family.tokens[index + 1]
    else:
        assert expected == "new"
        assert answer.refresh_token not in family.tokens
        family.rotated_at[index] = world.clock.now()
        family.tokens.append(answer.refresh_token)
        family.rotated_at.append(None)
    assert await world.has_active(family.tokens[-1])
    assert await world.count_leaves_of(family.tokens[-1]) == 1


def test_every_order_of_moves_leaves_one_leaf_or_a_dead_family(
    database_url: str, tmp_path: Path
) -> None:
    clock = FakeClock()
    with asyncio.Runner() as runner:
        database = Database.open(database_url, clock, KeyRing.of(new_key()))
        world = runner.run(make_token_world(database, clock, tmp_path))

        @settings(
            max_examples=60,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
            database=None,
        )
        @given(game=moves)
        def hold(game: list[tuple[str, int]]) -> None:
            runner.run(play(world, game))
            played.append(len(game))

        played: list[int] = []
        try:
            hold()
            assert len(played) >= 60
        finally:
            runner.run(world.http.aclose())
            runner.run(database.close())
