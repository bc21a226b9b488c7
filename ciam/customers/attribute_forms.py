"""Attributes in forms: what was typed, what is missing, what a field shows of a value.

An attribute of which several may be chosen has one field for each choice, named
`attribute_interests.music`; a program may send one field with the chosen values, comma separated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ciam.errors import FormRefused
from ciam.texts import Text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date

    from ciam.customers.attributes import Attribute, Schema

YES: Final = "yes"
NO: Final = "no"
_MISSING: Final = {
    "family_name": Text("Enter your family name."),
    "given_name": Text("Enter your given name."),
}


def choice_field(attribute: Attribute, value: str) -> str:
    """Give the name of the box of one choice."""
    return f"{attribute.field_name}.{value}"


def read_form(
    schema: Schema,
    attributes: Iterable[Attribute],
    form: Mapping[str, str],
    *,
    required: Collection[str],
    language: str,
    today: date,
) -> dict[str, Any]:
    """Give what was typed, by claim, read as it is stored; None for what is empty.

    Raise FormRefused with a sentence for each field, for `required` ones that are empty too.
    """
    asked = list(attributes)
    typed = {one.name: _typed(one, form) for one in asked}
    errors: dict[str, Text] = {}
    found: dict[str, Any] = {}
    for one in asked:
        try:
            read = schema.read_values({one.name: typed[one.name]}, who="customer", today=today)
            found[one.name] = read[one.name, ""]
        except FormRefused as refused:
            errors[one.field_name] = refused.errors[one.name]
            continue
        if found[one.name] is None and one.name in required:
            errors[one.field_name] = _missing(one, language)
    if errors:
        raise FormRefused("attributes have to be corrected", errors=errors)
    return found


def show_values(attributes: Iterable[Attribute], claims: Mapping[str, Any]) -> dict[str, str]:
    """Give what the fields show of values that are known."""
    shown: dict[str, str] = {}
    for one in attributes:
        value = claims.get(one.name)
        if isinstance(value, bool):
            shown[one.field_name] = YES if value else NO
        elif isinstance(value, list):
            shown |= {choice_field(one, each): YES for each in value}
        elif value is not None:
            shown[one.field_name] = str(value)
    return shown


def _typed(attribute: Attribute, form: Mapping[str, str]) -> str:
    if attribute.rules.type != "choices" or attribute.field_name in form:
        return form.get(attribute.field_name, "")
    values = (one.value for one in attribute.rules.choices)
    return ",".join(one for one in values if form.get(choice_field(attribute, one)) == YES)


def _missing(attribute: Attribute, language: str) -> Text:
    if attribute.name in _MISSING and not attribute.rules.labels:
        return _MISSING[attribute.name]
    label = attribute.label_in(language)
    if attribute.rules.type in {"yes_no", "choice", "choices", "country"}:
        return Text("Choose an answer: {label}", label=label)
    return Text("Fill this in: {label}", label=label)
