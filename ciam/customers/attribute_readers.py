"""How the values of an attribute are read that an operator wrote: by its type and its bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from ciam.customers import claim_values
from ciam.customers.claim_values import Reader, WrongValue
from ciam.customers.patterns import Pattern
from ciam.texts import Text

if TYPE_CHECKING:
    from ciam.customers.attribute_document import AttributeDocument

_PICK_ONE: Final = Text("Choose one of the list.")
_PICK: Final = Text("Choose from the list.")


def reader_of(document: AttributeDocument) -> Reader:
    """Give how its values are read; what has no type is text."""
    return _READERS[document.type or "text"](document)


def _text(document: AttributeDocument) -> Reader:
    read = claim_values.text_of(document.longest)
    pattern = None if document.pattern is None else Pattern(document.pattern)

    def read_text(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
        text = _long_enough(document, read(value))
        if pattern is not None and not pattern.matches(text):
            raise WrongValue(Text("This does not have the form that is asked for."))
        return text

    return read_text


def _long_text(document: AttributeDocument) -> Reader:
    read = claim_values.lines_of(document.longest)
    return lambda value: _long_enough(document, read(value))


def _long_enough(document: AttributeDocument, text: str) -> str:
    if len(text) < (document.min_length or 0):
        raise WrongValue(Text("Use at least {n} characters.", n=document.min_length))
    return text


def _date(document: AttributeDocument) -> Reader:
    first, last = document.earliest, document.latest

    def read_date(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
        day = claim_values.day(value)
        if isinstance(first, date) and day < first:
            raise WrongValue(Text("Enter a date from {day} on.", day=first))
        if isinstance(last, date) and day > last:
            raise WrongValue(Text("Enter a date up to {day}.", day=last))
        return day.isoformat()

    return read_date


def _number(document: AttributeDocument) -> Reader:
    def read_number(value: Any) -> int:  # noqa: ANN401 - what JSON can hold
        number = claim_values.whole_number(value)
        if document.minimum is not None and number < document.minimum:
            raise WrongValue(Text("Enter {n} or more.", n=document.minimum))
        if document.maximum is not None and number > document.maximum:
            raise WrongValue(Text("Enter {n} or less.", n=document.maximum))
        return number

    return read_number


def _choice(document: AttributeDocument) -> Reader:
    known = {one.value for one in document.choices}

    def read_choice(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
        if not isinstance(value, str) or value not in known:
            raise WrongValue(_PICK_ONE)
        return value

    return read_choice


def _choices(document: AttributeDocument) -> Reader:
    known = [one.value for one in document.choices]

    def read_choices(value: Any) -> list[str] | None:  # noqa: ANN401 - what JSON can hold
        sent = value.split(",") if isinstance(value, str) else value
        if not isinstance(sent, list) or not all(isinstance(one, str) for one in sent):
            raise WrongValue(_PICK)
        wanted = {one.strip() for one in sent} - {""}
        if not wanted <= set(known):
            raise WrongValue(_PICK)
        return [one for one in known if one in wanted] or None

    return read_choices


_READERS: Final[Mapping[str, Callable[[AttributeDocument], Reader]]] = {
    "text": _text,
    "long_text": _long_text,
    "date": _date,
    "number": _number,
    "yes_no": lambda _document: claim_values.yes_or_no,
    "choice": _choice,
    "choices": _choices,
    "country": lambda _document: claim_values.country,
    "url": lambda _document: claim_values.url,
}
