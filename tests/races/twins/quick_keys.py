"""No broken part: a rotation that takes seconds, so that a test need not wait for minutes."""

from dataclasses import replace
from datetime import timedelta

import ciam.jobs.worker
import ciam.keys.server
import ciam.keys.signing
import ciam.web.protocol.jwks

SOON = timedelta(seconds=5)
_OFTEN = {"load_server_keys", "rekey"}


def install() -> None:
    """Shorten every wait of a rotation in the same proportion."""
    ciam.keys.server.KNOWN_AFTER = SOON  # type: ignore[misc]  # final for everybody else
    ciam.keys.signing.JWKS_MAX_AGE = SOON  # type: ignore[misc]  # the same
    ciam.web.protocol.jwks.HEADERS["Cache-Control"] = f"public, max-age={SOON.seconds}"
    ciam.jobs.worker.SCHEDULE = tuple(  # type: ignore[assignment,attr-defined]  # where it is run from
        replace(entry, every=timedelta(seconds=1)) if entry.name in _OFTEN else entry
        for entry in ciam.jobs.worker.SCHEDULE  # type: ignore[attr-defined]  # the same
    )
