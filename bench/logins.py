"""Password journeys against the limit of Argon2, and cheap requests meanwhile."""

import asyncio
import contextlib
import os
import time
from dataclasses import dataclass

import argon2

from bench.measure import percentile
from bench.targets import LOAD_CORE, PASSWORD, SERVER_CORE, Target
from bench.wire import Connection
from tests.parts.plain_browser import PlainBrowser


@dataclass(frozen=True)
class LoginStorm:
    """What a storm of sign-ins gave."""

    argon2_limit: float
    journeys_per_second: float
    cheap_p50_milliseconds: float
    cheap_p99_milliseconds: float

    @property
    def share(self) -> float:
        """The journeys as a share of what Argon2 alone would allow on that core."""
        return self.journeys_per_second / self.argon2_limit


async def storm(target: Target, *, people: int, seconds: float) -> LoginStorm:
    """Sign in over and over by the page itself, and ask for the keys meanwhile."""
    limit = await asyncio.to_thread(measure_argon2, 3.0)
    done, cheap = 0, []
    deadline = time.monotonic() + seconds

    async def sign_in() -> None:
        nonlocal done
        while time.monotonic() < deadline:
            async with PlainBrowser() as browser:
                page = await browser.navigate("GET", f"{target.base_url}/sign-in")
                await page.submit(
                    "Sign in", {"identifier": "bench@example.com", "password": PASSWORD}
                )
                done += 1

    async def ask() -> None:
        connection = Connection(target.base_url)
        while time.monotonic() < deadline:
            began = time.perf_counter()
            await connection.get(target.jwks)
            cheap.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.02)
        connection.close()

    began = time.monotonic()
    await asyncio.gather(*(sign_in() for _ in range(people)), ask())
    elapsed = time.monotonic() - began
    return LoginStorm(limit, done / elapsed, percentile(cheap, 0.5), percentile(cheap, 0.99))


def measure_argon2(seconds: float) -> float:
    """Give the hashes a second of the server's core, with the parameters of the policy."""
    hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
    encoded = hasher.hash(PASSWORD)
    os.sched_setaffinity(0, {SERVER_CORE})
    try:
        count, deadline = 0, time.monotonic() + seconds
        began = time.monotonic()
        while time.monotonic() < deadline:
            with contextlib.suppress(argon2.exceptions.VerifyMismatchError):
                hasher.verify(encoded, PASSWORD)
            count += 1
        return count / (time.monotonic() - began)
    finally:
        os.sched_setaffinity(0, {LOAD_CORE})
