"""The parts themselves: what they find really answers, and every test has its own."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from playwright.async_api import Browser
from redis.asyncio import Redis
from sqlalchemy import text

from ciam.clock import Clock
from ciam.storage import Database
from tests.parts import databases, nodejs, postgresql, required
from tests.parts.clock import FakeClock


async def test_a_database_is_migrated_and_empty(database: Database) -> None:
    async with database.read() as transaction:
        customers = await transaction.connection.scalar(text("SELECT count(*) FROM customer"))
    assert customers == 0


@pytest.fixture
def two_databases() -> Iterator[tuple[str, str]]:
    with databases.postgres() as one, databases.postgres() as other:
        yield one, other


def test_two_databases_share_nothing(two_databases: tuple[str, str]) -> None:
    one, other = (url.replace("+asyncpg", "") for url in two_databases)
    postgresql.run_admin(one, "CREATE TABLE mark (x int)", "SELECT 1")
    assert postgresql.run_admin(other, "SELECT to_regclass('mark')") is None


def test_a_durable_postgresql_syncs_what_it_commits() -> None:
    if postgresql.find_binaries() is None:
        required.missing("pg", "only a server of our own can be asked")
    assert postgresql.run_admin(postgresql.admin_url(durable=True), "SHOW fsync") == "on"


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url)
    yield client
    await client.aclose()


async def test_redis_answers(redis: Redis) -> None:
    assert await redis.ping()


@pytest.mark.browser
async def test_chromium_shows_japanese(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content("<h1>ログイン</h1>")
    assert await page.inner_text("h1") == "ログイン"
    await page.close()


def test_the_clock_moves_only_when_moved(clock: FakeClock) -> None:
    held: Clock = clock
    before = held.now()
    clock.advance(timedelta(minutes=5))
    assert held.now() - before == timedelta(minutes=5)


def test_a_required_part_that_is_missing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIAM_TEST_REQUIRE", "pg,redis")
    with pytest.raises(pytest.fail.Exception, match="names redis"):
        required.missing("redis", "there is none")
    with pytest.raises(pytest.skip.Exception):
        required.missing("browser", "there is none")


@pytest.mark.node
def test_node_finds_its_packages() -> None:
    script = "import('openid-client').then((client) => console.log(typeof client.discovery))"
    command = [nodejs.find(), "--input-type=module", "--eval", script]
    done = subprocess.run(command, cwd=nodejs.PACKAGES, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "function"
