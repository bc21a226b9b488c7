"""What differs between two documents, value by value, so that people can agree to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One value: where it stands, what it was and what it will be; empty where there is none."""

    place: str
    before: str
    after: str


def list_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """List what differs, in the order of the newer document; a list is one value, a line each."""
    old, new = dict(_values(before)), dict(_values(after))
    places = [*new, *(place for place in old if place not in new)]
    return [
        Difference(place, old.get(place, ""), new.get(place, ""))
        for place in places
        if old.get(place, "") != new.get(place, "")
    ]


def _values(document: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in document.items():
        place = f"{above}.{name}" if above else str(name)
        if isinstance(value, Mapping):
            yield from _values(value, place)
        elif isinstance(value, list | tuple):
            yield place, "\n".join(_say(one) for one in value)
        else:
            yield place, _say(value)


def _say(value: Any) -> str:  # noqa: ANN401 - what a document holds
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(
            f"{name}: {_say(one)}" for name, one in value.items() if one not in (None, [], ())
        )
    if isinstance(value, list | tuple):
        return " ".join(_say(one) for one in value)
    return str(value)
