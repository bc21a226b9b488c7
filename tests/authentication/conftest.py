"""A hasher for each test; its threads end with it."""

from collections.abc import Iterator

import pytest

from ciam.customers.passwords import PasswordHasher


class CountingHasher(PasswordHasher):
    """Counts what it hashes and compares."""

    work = 0

    async def _run(self, work):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as the base class has it
        self.work += 1
        return await super()._run(work)


@pytest.fixture
def hasher() -> Iterator[CountingHasher]:
    """Give a hasher with two threads."""
    made = CountingHasher(2)
    yield made
    made.close()
