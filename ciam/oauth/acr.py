"""Levels of authentication: how they are named, ordered and compared (OIDC Core §2, `acr`)."""

from collections.abc import Iterable
from typing import Final

from ciam.sessions.session import ACR_ONE, ACR_TWO

_ORDER: Final = (ACR_ONE, ACR_TWO)

REACHABLE: Final = (ACR_ONE, ACR_TWO)
"""What the sign-in pages can reach, the second for who has set up a second factor."""


def is_reached(acr: str, wanted: Iterable[str]) -> bool:
    """Tell whether a level fulfils one of those wanted: it is one, or stronger than one."""
    return any(_rank(acr) >= _rank(level) for level in wanted if level in _ORDER)


def can_be_reached(wanted: Iterable[str]) -> bool:
    """Tell whether a sign-in could fulfil one of those wanted."""
    return any(is_reached(level, wanted) for level in REACHABLE)


def _rank(acr: str) -> int:
    return _ORDER.index(acr) if acr in _ORDER else -1
