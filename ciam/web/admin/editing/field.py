"""What a form of the console is made of, and how its fields become values of a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import ValidationError

from ciam.errors import FormRefused
from ciam.texts import Text

YES: Final = "yes"
LANGUAGES: Final = (("ja", "日本語"), ("en", "English"))
"""What the form has texts for; texts in other languages stay as they are."""


@dataclass(frozen=True, slots=True)
class Field:
    """One control. `lines`: one value on each line; `prose`: a long text; `choice`: one of some."""

    name: str
    label: Text
    kind: Literal["line", "prose", "lines", "choice", "check", "date"] = "line"
    hint: Text | None = None
    choices: tuple[tuple[str, Text], ...] = ()
    needed: bool = False
    language: str | None = None
    """Of what is written in it."""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together, under a heading."""

    heading: Text
    fields: tuple[Field, ...]


def read_lines(form: Mapping[str, str], name: str) -> list[str]:
    """Give the values of a field that has one on each line."""
    return [line.strip() for line in form.get(name, "").splitlines() if line.strip()]


def read_line(form: Mapping[str, str], name: str) -> str | None:
    """Give the text of a field; None for an empty one. A browser ends lines with CR LF."""
    return form.get(name, "").replace("\r\n", "\n").strip() or None


def read_check(form: Mapping[str, str], name: str) -> bool:
    """Tell whether a box is ticked."""
    return form.get(name) == YES


def write_check(value: object) -> str:
    """Give the value of a box."""
    return YES if value else ""


def refuse(error: ValidationError, names: Mapping[str, str]) -> FormRefused:
    """Turn what a model objects to into errors of fields; `names`: of a field by that of its value.

    The sentence of the model is for specialists and stands as it is.
    """
    errors: dict[str, Text] = {}
    alert = None
    for one in error.errors(include_url=False, include_input=False):
        place = ".".join(str(step) for step in one["loc"])
        name = _name_of(place, names)
        said = Text("This does not fit: {why}", why=one["msg"].removeprefix("Value error, "))
        if name is None:
            alert = said
        else:
            errors.setdefault(name, said)
    return FormRefused("a value does not fit", errors=errors, alert=alert)


def _name_of(place: str, names: Mapping[str, str]) -> str | None:
    """Find the field of the longest part of a place that has one."""
    steps = place.split(".")
    for length in range(len(steps), 0, -1):
        found = names.get(".".join(steps[:length]))
        if found is not None:
            return found
    return None


def texts_of(
    form: Mapping[str, str], before: Mapping[str, Any], names: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    """Read the texts of each language that has any; languages without a field stay."""
    texts: dict[str, dict[str, Any]] = {}
    for code, _own in LANGUAGES:
        was = before.get(code, {})
        found = {name: _text_of(form, f"{name}_{code}", was.get(name)) for name in names}
        if any(found.values()):
            texts[code] = {name: value for name, value in found.items() if value is not None}
    known = {code for code, _ in LANGUAGES}
    return texts | {code: value for code, value in before.items() if code not in known}


def _text_of(form: Mapping[str, str], name: str, before: str | None) -> str | None:
    """Give a text; as it was, where only the space around it differs."""
    found = read_line(form, name)
    return before if before is not None and before.strip() == found else found


def text_values(texts: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    """Give what the fields of the texts show."""
    return {
        f"{name}_{code}": str(texts.get(code, {}).get(name) or "")
        for code, _ in LANGUAGES
        for name in names
    }


def text_names(names: tuple[str, ...]) -> dict[str, str]:
    """Give the fields of the texts by the place of their values."""
    return {f"texts.{code}.{name}": f"{name}_{code}" for code, _ in LANGUAGES for name in names}
