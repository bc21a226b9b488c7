"""Parameters of a request: each at most once, text, within bounds; an empty one counts as absent.

RFC 6749 §3.1 and §3.2: parameters sent without a value are treated as if they were omitted, and
must not be included more than once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ciam.oauth.errors import InvalidRequest

MAX_LENGTH: Final = 4096
LONG: Final[Mapping[str, int]] = {"claims": 8192, "id_token_hint": 8192, "state": 4096}


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a request says: values by name, and what is wrong with those that have none.

    A doubled, binary or oversized parameter has no value. Whoever answers by redirect first needs
    to know where to, so the faults wait until `check_faults` is asked.
    """

    values: Mapping[str, str] = field(repr=False)
    faults: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """Give a parameter, or None when it is absent or faulty."""
        return self.values.get(name)

    def check_fault(self, name: str) -> None:
        """Raise InvalidRequest when this parameter is faulty."""
        if name in self.faults:
            raise InvalidRequest(self.faults[name])

    def check_faults(self) -> None:
        """Raise InvalidRequest when any parameter is faulty."""
        for fault in self.faults.values():
            raise InvalidRequest(fault)


def collect_parameters(items: Iterable[tuple[str, object]]) -> Parameters:
    """Sort the parameters of a request into values and faults; raises nothing."""
    found: dict[str, str] = {}
    faults: dict[str, str] = {}
    for name, value in items:
        if not isinstance(value, str) or "\x00" in value or not _is_text(value):
            faults[name] = f"{_shown(name)} is not text"
        elif name in found:
            faults[name] = f"{_shown(name)} must not be repeated"
        elif len(value) > LONG.get(name, MAX_LENGTH):
            faults[name] = f"{_shown(name)} is too long"
        found.setdefault(name, value if isinstance(value, str) else "")
    values = {name: value for name, value in found.items() if value and name not in faults}
    return Parameters(values, faults)


def read_parameters(items: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Give the parameters by name; raise InvalidRequest for doubled, binary or oversized ones."""
    found = collect_parameters(items)
    for fault in found.faults.values():
        raise InvalidRequest(fault, may_redirect=False)
    return dict(found.values)


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
