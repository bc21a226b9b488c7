"""How attributes look in a form: which control, which words, what the browser may fill in.

The tokens of `autocomplete` are those of HTML §4.10.18.7.1; what an operator added has none.
"""

from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING, Any, Final

from ciam.customers.attribute_document import LONGEST_TEXT, in_language
from ciam.customers.attribute_forms import NO, YES, choice_field
from ciam.customers.countries import COUNTRIES
from ciam.rendering.formats import write_country
from ciam.texts import Text
from ciam.web.browser import language_of
from ciam.web.parts import parts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from starlette.requests import Request

    from ciam.customers.attributes import Attribute

AUTOCOMPLETE: Final = {
    "name": "name",
    "family_name": "family-name",
    "given_name": "given-name",
    "middle_name": "additional-name",
    "nickname": "nickname",
    "gender": "sex",
    "birthdate": "bday",
    "website": "url",
    "picture": "photo",
    "locale": "language",
}
_STANDARD: Final = {
    "profile": "url",
    "picture": "url",
    "website": "url",
    "zoneinfo": "zone",
    "locale": "locale",
}
_LENGTHS: Final = {"name": 160, "gender": 40, "birthdate": 10}
_NAME_LENGTH: Final = 80
_PAIR: Final = ("family_name", "given_name")


def kind_of(attribute: Attribute) -> str:
    """Give which control it has: its type, or what a standard claim is."""
    return attribute.rules.type or _STANDARD.get(attribute.name, "text")


def longest_of(attribute: Attribute) -> int | None:
    """Give how many characters a field takes, where it is one of text."""
    kind = kind_of(attribute)
    if kind == "url":
        return LONGEST_TEXT
    if kind not in {"text", "long_text"}:
        return None
    if attribute.rules.type is None:
        return _LENGTHS.get(attribute.name, _NAME_LENGTH)
    return attribute.rules.longest


def options_of(request: Request, attribute: Attribute, language: str) -> list[dict[str, str]]:
    """Give what may be chosen, in the reader's language."""
    renderer, kind = parts(request).renderer, kind_of(attribute)
    if kind in {"choice", "choices"}:
        return [
            {"value": one.value, "label": in_language(one.labels, language) or one.value}
            for one in attribute.rules.choices
        ]
    if kind == "yes_no":
        return [
            {"value": YES, "label": renderer.say(Text("Yes"), language)},
            {"value": NO, "label": renderer.say(Text("No"), language)},
        ]
    if kind == "country":
        named = {code: write_country(code, language, "") for code in COUNTRIES}
        ordered = sorted(named, key=lambda code: (code != "JP", named[code]))
        return [{"value": code, "label": named[code]} for code in ordered]
    if kind == "zone":
        return [{"value": one, "label": one} for one in sorted(zoneinfo.available_timezones())]
    if kind == "locale":
        links = renderer.language_links(language, lambda _code: "")
        return [{"value": one.code, "label": one.label} for one in links]
    return []


def make_fields(
    request: Request, attributes: Iterable[Attribute], *, required: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Give what the template draws each field with; a family and a given name stand side by side.

    In Japanese the family name comes first.
    """
    language = language_of(request)
    fields = [_field(request, one, language, required) for one in attributes]
    names = [field["name"] for field in fields]
    if all(name in names for name in _PAIR):
        first, second = (names.index(name) for name in _PAIR)
        if abs(first - second) == 1:
            place = min(first, second)
            pair = [fields[first], fields[second]]
            pair = pair if language[:2] == "ja" else pair[::-1]
            fields[place : place + 2] = [{"kind": "pair", "name": "", "fields": pair}]
    return fields


def _field(
    request: Request, attribute: Attribute, language: str, required: Collection[str]
) -> dict[str, Any]:
    kind = kind_of(attribute)
    options = options_of(request, attribute, language)
    if kind == "choices":
        options = [one | {"name": choice_field(attribute, one["value"])} for one in options]
    return {
        "name": attribute.field_name,
        "label": attribute.label_in(language),
        "hint": attribute.hint_in(language) or _own_hint(attribute),
        "kind": kind,
        "autocomplete": AUTOCOMPLETE.get(attribute.name),
        "maxlength": longest_of(attribute),
        "required": attribute.name in required,
        "options": options,
    }


def _own_hint(attribute: Attribute) -> Text | None:
    rules = attribute.rules
    if attribute.name == "birthdate" and rules.type is None:
        return Text("For example 1990-04-01")
    if rules.minimum is not None and rules.maximum is not None:
        return Text("From {least} to {most}", least=rules.minimum, most=rules.maximum)
    return None
