"""A pool that gets every connection back, whatever went wrong on it."""

from ciam.storage.lazy_connection import LazyConnection


async def _keep(self: LazyConnection) -> None:
    """Leave it as it is."""


def install() -> None:
    """Put the twin in its place."""
    LazyConnection.throw_away = _keep  # type: ignore[method-assign]  # that is what a twin is
