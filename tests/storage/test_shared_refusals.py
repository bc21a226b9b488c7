"""What Redis tells of limits: believed for seconds, with our MAC alone, and never waited for."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from ciam.errors import Misconfigured, TooManyAttempts
from ciam.identifiers import new_opaque
from ciam.protection.limits import reserve
from ciam.sealing import new_key
from ciam.storage import Database
from ciam.storage.shared_refusals import MOST, PATIENCE, SharedRefusals
from tests.parts.clock import FakeClock
from tests.parts.ports import find_free_port

KEY, NOW = new_key(), datetime(2030, 1, 15, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for Redis on a busy machine: how long is not what is tested here."""
    monkeypatch.setattr("ciam.storage.shared_refusals.PATIENCE", 10.0)


@pytest.fixture
async def refusals(redis_url: str) -> AsyncIterator[SharedRefusals]:
    opened = SharedRefusals.open(redis_url)
    yield opened
    await opened.close()


@pytest.fixture
def name() -> bytes:
    return new_opaque().encode()


async def test_a_refusal_is_known_elsewhere_and_for_seconds(
    refusals: SharedRefusals, redis_url: str, name: bytes
) -> None:
    await refusals.note(KEY, name, NOW, MINUTE)
    other = SharedRefusals.open(redis_url)
    assert await other.find(KEY, name, NOW) == MOST
    assert await other.find(KEY, name, NOW + MOST) is None
    assert await other.find(KEY, b"another", NOW) is None
    await other.close()


async def test_what_is_not_ours_is_not_believed(refusals: SharedRefusals, name: bytes) -> None:
    await refusals.note(KEY, name, NOW, MINUTE)
    assert await refusals.find(new_key(), name, NOW) is None
    kept = await refusals.client.get(f"ciam:refused:{name.hex()}")
    await refusals.client.set(f"ciam:refused:{b'victim'.hex()}", kept)
    assert await refusals.find(KEY, b"victim", NOW) is None
    for lie in (b"", b"1", b"\xff" * 24, b"x" * 1000):
        await refusals.client.set(f"ciam:refused:{name.hex()}", lie)
        assert await refusals.find(KEY, name, NOW) is None


async def test_a_redis_that_is_away_is_asked_once_and_left_alone(name: bytes) -> None:
    away = SharedRefusals.open(f"redis://127.0.0.1:{find_free_port()}/0")
    began = time.monotonic()
    for _ in range(20):
        assert await away.find(KEY, name, NOW) is None
        await away.note(KEY, name, NOW, MINUTE)
    assert time.monotonic() - began < 10 * PATIENCE
    await away.close()


def test_what_is_no_url_is_said() -> None:
    with pytest.raises(Misconfigured, match="CIAM_REDIS_URL"):
        SharedRefusals.open("garbage")


async def test_a_limit_that_is_reached_is_refused_without_the_database(
    database: Database, refusals: SharedRefusals, clock: FakeClock, name: bytes
) -> None:
    database.refusals = refusals

    async def guess() -> None:
        async with database.write() as transaction:
            await reserve(transaction, "x", name.decode(), allowed=2, window=MINUTE)

    for _ in range(2):
        await guess()
    with pytest.raises(TooManyAttempts):
        await guess()
    with pytest.raises(TooManyAttempts, match="another node"):
        await guess()
    await refusals.client.flushall()
    with pytest.raises(TooManyAttempts) as counted:
        await guess()
    assert "another node" not in str(counted.value)
    clock.advance(2 * MINUTE)
    await guess()
