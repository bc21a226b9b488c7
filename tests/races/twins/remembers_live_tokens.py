"""A node that remembers for some seconds that a token was good, as a cache before the database."""

from typing import Any

import ciam.oauth.userinfo
from ciam.clock import monotonic
from ciam.oauth.tokens.state import ActiveToken
from ciam.storage import UnitOfWork

_SECONDS = 10.0
_find = ciam.oauth.userinfo.find_active  # type: ignore[attr-defined]  # a twin
_known: dict[str, tuple[float, ActiveToken]] = {}


async def _remember(transaction: UnitOfWork, token: str, **named: Any) -> ActiveToken | None:  # noqa: ANN401 - as find_active takes them
    at, found = _known.get(token, (0.0, None))
    if found is None or monotonic() - at > _SECONDS:
        found = await _find(transaction, token, **named)
        if found is not None:
            _known[token] = monotonic(), found
    return found


def install() -> None:
    """Put the twin in its place."""
    ciam.oauth.userinfo.find_active = _remember  # type: ignore[attr-defined]  # a twin
