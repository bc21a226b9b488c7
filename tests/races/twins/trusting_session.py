"""Acts that trust the look at the session which the page took before them."""

from uuid import UUID

from ciam.storage.stores.sessions import SessionStore


async def _is_live(self: SessionStore, session: UUID) -> bool:
    del self, session
    return True


def install() -> None:
    """Put the twin in its place."""
    SessionStore.is_live = _is_live  # type: ignore[method-assign]  # that is what a twin is
