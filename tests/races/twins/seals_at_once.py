"""A rotation without the wait: a new key seals before the other nodes have heard of it."""

from datetime import timedelta

import ciam.keys.server


def install() -> None:
    """Put the twin in its place."""
    ciam.keys.server.KNOWN_AFTER = timedelta(0)  # type: ignore[misc]  # that is what a twin is
