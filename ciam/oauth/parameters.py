"""Parameters of a request: each at most once, text, within bounds; an empty one counts as absent.

RFC 6749 §3.1 and §3.2: parameters sent without a value are treated as if they were omitted, and
must not be included more than once.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from ciam.oauth.errors import InvalidRequest

MAX_LENGTH: Final = 4096
LONG: Final[Mapping[str, int]] = {"claims": 8192, "id_token_hint": 8192, "state": 4096}


def read_parameters(
    items: Iterable[tuple[str, object]], *, repeatable: frozenset[str] = frozenset()
) -> dict[str, str]:
    """Give the parameters by name; raise InvalidRequest for doubled, binary or oversized ones."""
    found: dict[str, str] = {}
    for name, value in items:
        if not isinstance(value, str) or "\x00" in value or not _is_text(value):
            raise InvalidRequest(f"{_shown(name)} is not text", may_redirect=False)
        if name in found and name not in repeatable:
            raise InvalidRequest(f"{_shown(name)} must not be repeated", may_redirect=False)
        if len(value) > LONG.get(name, MAX_LENGTH):
            raise InvalidRequest(f"{_shown(name)} is too long", may_redirect=False)
        found[name] = value
    return {name: value for name, value in found.items() if value}


def require(parameters: Mapping[str, str], name: str) -> str:
    """Give a parameter; raise InvalidRequest when it is missing."""
    if name not in parameters:
        raise InvalidRequest(f"{name} is missing")
    return parameters[name]


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(name: str) -> str:
    """Give a parameter's name as far as it may stand in an error (RFC 6749 §5.2: %x20-7E)."""
    plain = name if name.isascii() and name.isidentifier() else "a parameter"
    return plain[:40]
