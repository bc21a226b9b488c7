"""How the value of a claim is read: strictly, into what JSON can hold (OIDC Core §5.1).

Each reader takes what was typed or sent and gives what is stored; it raises WrongValue with the
sentence for people.
"""

import re
import unicodedata
import zoneinfo
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from ciam.customers.countries import COUNTRIES
from ciam.texts import Text

TAG: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
LARGEST: Final = 2**53 - 1
"""Whole numbers beyond are not the same everywhere (I-JSON, RFC 7493 §2.2)."""
Reader = Callable[[Any], Any]

_DAY: Final = re.compile(r"([0-9]{4})(-[0-9]{2}-[0-9]{2})?")
_WHOLE_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,16}")
_NO_YEAR, _LEAP_YEAR = "0000", "2000"
_SPACES: Final = re.compile(r"\s+")
_SCRIPT_LENGTH, _REGION_LENGTH = 4, 2
_ADDRESS_MEMBERS: Final = (
    "formatted",
    "street_address",
    "locality",
    "region",
    "postal_code",
    "country",
)
_ADDRESS_MEMBER_LENGTH: Final = 400
_URL_LENGTH: Final = 2000
_YES: Final = {"yes": True, "true": True, "no": False, "false": False}


class WrongValue(ValueError):
    """A value that does not fit; the argument is the sentence for people."""

    def __init__(self, text: Text) -> None:
        """Take the sentence."""
        super().__init__(text.msgid)
        self.text = text


def canonical_tag(tag: str) -> str:
    """Write a language tag as BCP 47 recommends: `ja-Kana-JP` (RFC 5646 §2.1.1)."""
    first, *rest = tag.split("-")
    return "-".join([first.lower(), *(_canonical_subtag(subtag) for subtag in rest)])


def text_of(longest: int) -> Callable[[Any], str]:
    """Read one line of text."""

    def read(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
        if not isinstance(value, str):
            raise WrongValue(Text("Enter text."))
        text = _SPACES.sub(" ", unicodedata.normalize("NFC", value)).strip()
        if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
            raise WrongValue(Text("Use letters, digits, signs and spaces only."))
        if len(text) > longest:
            raise WrongValue(Text("Use at most {n} characters.", n=longest))
        return text

    return read


def lines_of(longest: int) -> Callable[[Any], str]:
    """Read several lines of text; empty ones at the end are left out."""

    def read(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
        if not isinstance(value, str):
            raise WrongValue(Text("Enter text."))
        lines = [text_of(longest)(line) for line in value.splitlines()]
        return _limited("\n".join(lines).strip(), longest)

    return read


def day(value: Any) -> date:  # noqa: ANN401 - what JSON can hold
    """Read a day; digits may be those of a Japanese keyboard, and slashes stand for hyphens."""
    text = unicodedata.normalize("NFKC", text_of(10)(value)).replace("/", "-")
    wrong = WrongValue(Text("Enter a date like 1990-04-01."))
    if not _WHOLE_DAY.fullmatch(text):
        raise wrong
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise wrong from error


def whole_number(value: Any) -> int:  # noqa: ANN401 - what JSON can hold
    """Read a whole number, or its digits; they may be those of a Japanese keyboard."""
    wrong = WrongValue(Text("Enter a whole number, in digits."))
    if isinstance(value, str):
        digits = unicodedata.normalize("NFKC", value).strip()
        if not _WHOLE.fullmatch(digits):
            raise wrong
        value = int(digits)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise wrong
    return value


def yes_or_no(value: Any) -> bool:  # noqa: ANN401 - what JSON can hold
    """Read an answer: true or false, or the words of a form."""
    found = _YES.get(value) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise WrongValue(Text("Choose yes or no."))
    return found


def country(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    """Read the code of a country (ISO 3166-1)."""
    found = value.strip().upper() if isinstance(value, str) else ""
    if found not in COUNTRIES:
        raise WrongValue(Text("Choose a country from the list."))
    return found


def birthdate(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    """Read a day, or only a year; `0000` hides the year (OIDC Core §5.1)."""
    text = text_of(10)(value)
    if not _is_birthdate(text):
        raise WrongValue(Text("Enter a date like 1990-04-01."))
    return text


def _is_birthdate(text: str) -> bool:
    match = _DAY.fullmatch(text)
    if match is None:
        return False
    year, day = match.groups()
    try:
        date.fromisoformat((_LEAP_YEAR if year == _NO_YEAR else year) + (day or "-01-01"))
    except ValueError:
        return False
    return True


def zone(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    """Read a time zone (IANA)."""
    if value not in _zones():
        raise WrongValue(Text("Choose a time zone from the list."))
    return str(value)


def locale(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    """Read a language tag (BCP 47)."""
    text = text_of(35)(value).replace("_", "-")  # some write it so (OIDC Core §5.1, locale)
    if not TAG.fullmatch(text):
        raise WrongValue(Text("Choose a language from the list."))
    return canonical_tag(text)


def url(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    """Read the address of a page."""
    text = text_of(_URL_LENGTH)(value)
    try:
        parts = urlsplit(text)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text
    except ValueError:
        is_web = False
    if not is_web:
        raise WrongValue(Text("Enter a web address that begins with https://."))
    return text


def address(value: Any) -> dict[str, str]:  # noqa: ANN401 - what JSON can hold
    """Read the members of §5.1.1; line breaks are kept in the two that may have them."""
    if not isinstance(value, Mapping) or not set(value) <= set(_ADDRESS_MEMBERS):
        raise WrongValue(Text("Enter a postal address."))
    read = {name: _address_lines(value[name]) for name in _ADDRESS_MEMBERS if value.get(name)}
    if not read:
        raise WrongValue(Text("Enter a postal address."))
    return read


def _address_lines(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    if not isinstance(value, str):
        raise WrongValue(Text("Enter text."))
    lines = [text_of(_ADDRESS_MEMBER_LENGTH)(line) for line in value.splitlines()]
    return _limited("\n".join(line for line in lines if line), _ADDRESS_MEMBER_LENGTH)


def _limited(text: str, longest: int) -> str:
    if len(text) > longest:
        raise WrongValue(Text("Use at most {n} characters.", n=longest))
    return text


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _canonical_subtag(subtag: str) -> str:
    if len(subtag) == _SCRIPT_LENGTH and subtag.isalpha():
        return subtag.title()
    return subtag.upper() if len(subtag) == _REGION_LENGTH else subtag.lower()
