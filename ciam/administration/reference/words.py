"""Kinds, bounds and values in the words of a table: durations as people say them."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

_UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
LONGEST: Final = timedelta(days=3650)
"""What no duration may exceed; said once at the head of a page, not in each line."""
_KINDS: Final = {
    timedelta: "seconds",
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    SecretStr: "secret text",
    Path: "path",
}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a Markdown table; a bar inside a cell does not end it."""
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *([_cell(one) for one in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def kind_of(field: FieldInfo) -> str:
    """Say what may stand in a field, with its bounds."""
    bounds = bounds_of(field)
    return f"{_kind(field.annotation)}, {bounds}" if bounds else _kind(field.annotation)


def bounds_of(field: FieldInfo) -> str:
    """Say from where to where; nothing where there are no bounds."""
    found = {
        name: getattr(one, name)
        for one in field.metadata
        for name in ("ge", "gt", "le")
        if getattr(one, name, None) is not None
    }
    least, most = found.get("ge"), found.get("le")
    most = None if most == LONGEST else most
    if least is not None and most is not None:
        return f"{value(least)} to {value(most)}"
    if least is not None:
        return f"at least {value(least)}"
    return f"at most {value(most)}" if most is not None else ""


def value(found: Any) -> str:  # noqa: ANN401 - a default of any kind
    """Say a value as it would be written in a file; a duration with what it is in words."""
    if isinstance(found, timedelta):
        seconds = int(found.total_seconds())
        said = in_words(found)
        return f"{seconds}" if said == f"{seconds} seconds" else f"{seconds} ({said})"
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, SecretStr):
        return found.get_secret_value()
    if isinstance(found, list | tuple | frozenset):
        return ", ".join(map(value, found))
    return str(found)


def in_words(duration: timedelta) -> str:
    """Say a duration in the largest unit that divides it."""
    seconds = int(duration.total_seconds())
    name, size = next(((n, s) for n, s in _UNITS if seconds and seconds % s == 0), _UNITS[-1])
    count = seconds // size
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def code(text: str) -> str:
    """Set a value apart; nothing stays nothing."""
    return f"`{text}`" if text else ""


def _kind(annotation: Any) -> str:  # noqa: ANN401 - any type
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{one}`" for one in get_args(annotation))
    if get_origin(annotation) is tuple:
        return "list"
    if get_args(annotation):  # a type or None
        return _kind(next(one for one in get_args(annotation) if one is not NoneType))
    return _KINDS.get(annotation, "text")


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
