"""A user agent as proper names alone, which read the same in every language."""

from typing import Final

from ua_parser import parse

_UNKNOWN: Final = "?"


def load_names() -> None:
    """Read the table of names, which takes some tenths of a second the first time."""
    parse("")


def name_device(user_agent: str) -> str:
    """Give browser and system, e.g. `Firefox / Windows`; `?` when it says neither."""
    found = parse(user_agent)
    names = [
        part.family
        for part in (found.user_agent, found.os)
        if part is not None and part.family and part.family != "Other"
    ]
    return " / ".join(names) or _UNKNOWN
