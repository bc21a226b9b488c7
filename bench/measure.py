"""Drive one scenario against one server for some seconds; count operations and processor time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench.scenarios import User
from bench.targets import Target
from bench.wire import Connection


@dataclass(frozen=True)
class Sample:
    """What one stretch of load gave."""

    operations: int
    seconds: float
    cpu_seconds: float
    p99_milliseconds: float

    @property
    def per_cpu_second(self) -> float:
        """Operations for each second of the server's processor."""
        return self.operations / self.cpu_seconds

    @property
    def per_second(self) -> float:
        """Operations for each second of the clock."""
        return self.operations / self.seconds


async def drive(
    target: Target,
    operation: Callable[[User], Awaitable[None]],
    users: list[User],
    seconds: float,
) -> Sample:
    """Let every user repeat the operation until time is up.

    Each begins with a new connection: servers close the ones that waited out the other turns.
    """
    for user in users:
        user.connection.close()
    times: list[float] = []
    deadline = time.monotonic() + seconds

    async def repeat(user: User) -> None:
        while time.monotonic() < deadline:
            began = time.perf_counter()
            await operation(user)
            times.append(time.perf_counter() - began)

    cpu, began = target.cpu_seconds(), time.monotonic()
    await asyncio.gather(*(repeat(user) for user in users))
    elapsed, spent = time.monotonic() - began, target.cpu_seconds() - cpu
    return Sample(len(times), elapsed, max(spent, 0.01), percentile(times, 0.99) * 1000)


def new_users(target: Target, count: int) -> list[User]:
    """Make virtual users, each with a connection and the target's cookies."""
    return [User(target, Connection(target.base_url), dict(target.cookies)) for _ in range(count)]


def percentile(values: list[float], share: float) -> float:
    """Give a percentile by rank; 0 when there is nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
