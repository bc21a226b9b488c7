"""A user agent as proper names alone, which read the same in every language."""

from functools import cache
from typing import Final

from ua_parser import Domain, Parser
from ua_parser.loaders import load_builtins
from ua_parser.regex import Resolver

_NAMED: Final = Domain.USER_AGENT | Domain.OS
_BROWSERS: Final = {
    "Mobile Safari": "Safari",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Edge Mobile": "Edge",
    "Chrome Mobile WebView": "Android",
}
_SYSTEMS: Final = {"Mac OS X": "Mac", "iOS": "iPhone", "Chrome OS": "Chromebook"}


def load_names() -> None:
    """Read the table of names, which takes some tenths of a second the first time."""
    _parser()


def find_names(user_agent: str) -> tuple[str, str]:
    """Give browser and system as people call them; either is empty when it is not said."""
    found = _parser()(user_agent, _NAMED)
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    if system == "iOS" and "iPad" in user_agent:
        system = "iPad"
    browser, system = _BROWSERS.get(browser, browser), _SYSTEMS.get(system, system)
    return "" if browser == "Other" else browser, "" if system == "Other" else system


def name_device(user_agent: str) -> str:
    """Give browser and system, e.g. `Firefox / Windows`; empty when it says neither."""
    return " / ".join(filter(None, find_names(user_agent)))


@cache
def _parser() -> Parser:
    """Make what finds names; the table of device models, the largest of the three, stays out."""
    browsers, systems, _models = load_builtins()
    return Parser(Resolver((browsers, systems, [])))
