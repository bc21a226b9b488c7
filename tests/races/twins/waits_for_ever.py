"""A server that leaves it to the database when it wants to answer."""

import ciam.storage.engine
import ciam.storage.generation
import ciam.storage.side_connection


def install() -> None:
    """Put the twin in its place."""
    ciam.storage.engine.STATEMENT_SECONDS = 3600
    ciam.storage.side_connection.BUSY_SECONDS = 3600  # type: ignore[misc]  # a twin
    ciam.storage.generation.BUSY_SECONDS = 3600  # type: ignore[attr-defined]  # a twin
