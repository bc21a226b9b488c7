"""No broken part: a rotation that takes seconds, so that a test need not wait for minutes."""

from dataclasses import replace
from datetime import timedelta

import ciam.jobs.schedule
import ciam.keys.server
import ciam.keys.signing

SOON = timedelta(seconds=5)
_OFTEN = {"load_server_keys", "rekey"}


def install() -> None:
    """Shorten every wait of a rotation in the same proportion."""
    ciam.keys.server.KNOWN_AFTER = SOON  # type: ignore[misc]  # final for everybody else
    ciam.keys.signing.JWKS_MAX_AGE = SOON  # type: ignore[misc]  # the same
    ciam.jobs.schedule.SCHEDULE = tuple(  # type: ignore[misc,assignment]  # the same
        replace(entry, every=timedelta(seconds=1)) if entry.name in _OFTEN else entry
        for entry in ciam.jobs.schedule.SCHEDULE
    )
