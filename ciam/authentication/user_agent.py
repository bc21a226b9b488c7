"""A user agent as proper names alone, which read the same in every language."""

from functools import cache
from typing import Final

from ua_parser import Domain, Parser
from ua_parser.loaders import load_builtins
from ua_parser.regex import Resolver

_UNKNOWN: Final = "?"
_NAMED: Final = Domain.USER_AGENT | Domain.OS


def load_names() -> None:
    """Read the table of names, which takes some tenths of a second the first time."""
    _parser()


def name_device(user_agent: str) -> str:
    """Give browser and system, e.g. `Firefox / Windows`; `?` when it says neither."""
    found = _parser()(user_agent, _NAMED)
    names = [
        part.family
        for part in (found.user_agent, found.os)
        if part is not None and part.family and part.family != "Other"
    ]
    return " / ".join(names) or _UNKNOWN


@cache
def _parser() -> Parser:
    """Make what finds names; the table of device models, the largest of the three, stays out."""
    browsers, systems, _models = load_builtins()
    return Parser(Resolver((browsers, systems, [])))
