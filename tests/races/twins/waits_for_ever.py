"""A server that leaves it to the database when it wants to answer."""

import ciam.storage.engine
import ciam.storage.generation


def install() -> None:
    """Put the twin in its place."""
    ciam.storage.engine.STATEMENT_SECONDS = 3600
    ciam.storage.generation._BUSY_SECONDS = 3600  # type: ignore[misc]  # noqa: SLF001 - a twin
