"""auth_session: opaque to the app, whole or nothing (First-Party Apps §5.3.1)."""

import base64
from datetime import timedelta

import pytest

from ciam.oauth.auth_session import (
    new_auth_session,
    open_auth_session,
    seal_auth_session,
)
from ciam.oauth.errors import InvalidSession
from ciam.policies import Policies
from ciam.storage import Database
from tests.parts.clock import FakeClock

POLICIES = Policies()


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Run on one kind of database: nothing is asked of it."""
    return sqlite_url


async def test_it_comes_back_as_it_was(database: Database) -> None:
    found = new_auth_session("shop-app").going_on(request="r", journey="j")
    found = found.signed_in(session="ciam_ss_made-up", device="ciam_dv_made-up")
    assert open_auth_session(database, POLICIES, seal_auth_session(database, found)) == found


async def test_nothing_of_it_can_be_read_and_no_two_are_alike(database: Database) -> None:
    found = new_auth_session("shop-app").signed_in(session="ciam_ss_made-up", device="d")
    sealed = seal_auth_session(database, found)
    body = sealed.removeprefix("ciam_as_")
    raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    for told in (found.secret, "shop-app", "made-up"):
        assert told.encode() not in raw
    assert seal_auth_session(database, found) != sealed
    assert "made-up" not in repr(found)
    assert found.secret not in repr(found)


def test_two_apps_are_told_apart_by_256_random_bits() -> None:
    secrets = {new_auth_session("shop-app").secret for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(one) >= 43 for one in secrets)


async def test_every_cut_is_refused(database: Database) -> None:
    sealed = seal_auth_session(database, new_auth_session("shop-app"))
    for end in range(0, len(sealed) - 1, 7):
        with pytest.raises(InvalidSession):
            open_auth_session(database, POLICIES, sealed[:end])
    with pytest.raises(InvalidSession):
        open_auth_session(database, POLICIES, f"{sealed},{sealed}")


@pytest.mark.parametrize(
    ("signed_in", "bound", "lifetime"),
    [
        (False, False, timedelta(hours=24)),
        (False, True, timedelta(hours=24)),
        (True, False, timedelta(days=7)),
        (True, True, timedelta(days=90)),
    ],
)
async def test_it_lives_as_long_as_the_policy_says_from_its_last_answer(
    database: Database, clock: FakeClock, *, signed_in: bool, bound: bool, lifetime: timedelta
) -> None:
    found = new_auth_session("shop-app")
    found = found.signed_in(session="s", device="d") if signed_in else found
    found = found.bound_to("a thumbprint") if bound else found
    sealed = seal_auth_session(database, found)
    clock.advance(lifetime)
    assert open_auth_session(database, POLICIES, sealed) == found
    renewed = seal_auth_session(database, found)
    clock.advance(timedelta(seconds=1))
    with pytest.raises(InvalidSession):
        open_auth_session(database, POLICIES, sealed)
    assert open_auth_session(database, POLICIES, renewed) == found
