"""The schema of what is known of a customer: the standard claims (OIDC Core §5.1).

The order is that of forms and exports. E-mail, phone and user name are identifiers and not in this
list. A name may come in several languages and scripts, as `family_name#ja-Kana-JP` (§5.2).
"""

import re
import unicodedata
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from ciam.errors import FormRefused
from ciam.texts import Text

_TAG: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_DAY: Final = re.compile(r"([0-9]{4})(-[0-9]{2}-[0-9]{2})?")
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


class _Wrong(ValueError):
    """A value that does not fit; the argument is the sentence for people."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.msgid)
        self.text = text


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its claim name, its label, how a value is read."""

    name: str
    label: Text
    read: Callable[[Any], Any]
    is_localised: bool = False


def split_claim(claim: str) -> tuple[Attribute, str]:
    """Give attribute and language tag of a claim name; raise KeyError for an unknown one."""
    name, mark, tag = claim.partition("#")
    attribute = ATTRIBUTES[name]
    if not mark:
        return attribute, ""
    if not attribute.is_localised or not _TAG.fullmatch(tag):
        raise KeyError(claim)
    return attribute, canonical_tag(tag)


def canonical_tag(tag: str) -> str:
    """Write a language tag as BCP 47 recommends: `ja-Kana-JP` (RFC 5646 §2.1.1)."""
    first, *rest = tag.split("-")
    return "-".join([first.lower(), *(_canonical_subtag(subtag) for subtag in rest)])


def read_values(values: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """Read values by claim name; raise FormRefused with every fault.

    Give them by attribute and language tag, None for an empty one.
    """
    found: dict[tuple[str, str], Any] = {}
    errors: dict[str, Text] = {}
    for claim, value in values.items():
        try:
            attribute, tag = split_claim(claim)
            found[attribute.name, tag] = _read(attribute, value)
        except KeyError:
            errors[claim] = Text("This is not known here.")
        except _Wrong as wrong:
            errors[claim] = wrong.text
    if errors:
        cause = f"values refused: {', '.join(sorted(name.partition('#')[0] for name in errors))}"
        raise FormRefused(cause[:200], errors=errors)
    return found


def _read(attribute: Attribute, value: Any) -> Any:  # noqa: ANN401 - what JSON can hold
    if value is None or value == "" or (isinstance(value, str) and not value.strip()):
        return None
    return attribute.read(value)


def _canonical_subtag(subtag: str) -> str:
    if len(subtag) == _SCRIPT_LENGTH and subtag.isalpha():
        return subtag.title()
    return subtag.upper() if len(subtag) == _REGION_LENGTH else subtag.lower()


def _text(longest: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
        if not isinstance(value, str):
            raise _Wrong(Text("Enter text."))
        text = _SPACES.sub(" ", unicodedata.normalize("NFC", value)).strip()
        if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
            raise _Wrong(Text("Use letters, digits, signs and spaces only."))
        if len(text) > longest:
            raise _Wrong(Text("Use at most {n} characters.", n=longest))
        return text

    return read


def _birthdate(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    """Read a day, or only a year; `0000` hides the year (OIDC Core §5.1)."""
    text = _text(10)(value)
    if not _is_birthdate(text):
        raise _Wrong(Text("Enter a date like 1990-04-01."))
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


def _zone(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    if value not in _zones():
        raise _Wrong(Text("Choose a time zone from the list."))
    return str(value)


def _locale(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    text = _text(35)(value).replace("_", "-")  # some write it so (OIDC Core §5.1, locale)
    if not _TAG.fullmatch(text):
        raise _Wrong(Text("Choose a language from the list."))
    return canonical_tag(text)


def _url(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    text = _text(_URL_LENGTH)(value)
    try:
        parts = urlsplit(text)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text
    except ValueError:
        is_web = False
    if not is_web:
        raise _Wrong(Text("Enter a web address that begins with https://."))
    return text


def _address(value: Any) -> dict[str, str]:  # noqa: ANN401 - what JSON can hold
    """Read the members of §5.1.1; line breaks are kept in the two that may have them."""
    if not isinstance(value, Mapping) or not set(value) <= set(_ADDRESS_MEMBERS):
        raise _Wrong(Text("Enter a postal address."))
    read = {name: _address_lines(value[name]) for name in _ADDRESS_MEMBERS if value.get(name)}
    if not read:
        raise _Wrong(Text("Enter a postal address."))
    return read


def _address_lines(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    if not isinstance(value, str):
        raise _Wrong(Text("Enter text."))
    lines = [_text(_ADDRESS_MEMBER_LENGTH)(line) for line in value.splitlines()]
    return _limited("\n".join(line for line in lines if line))


def _limited(text: str) -> str:
    if len(text) > _ADDRESS_MEMBER_LENGTH:
        raise _Wrong(Text("Use at most {n} characters.", n=_ADDRESS_MEMBER_LENGTH))
    return text


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


_NAME = _text(80)
SCHEMA: Final = (
    Attribute("name", Text("Name"), _text(160), is_localised=True),
    Attribute("family_name", Text("Family name"), _NAME, is_localised=True),
    Attribute("given_name", Text("Given name"), _NAME, is_localised=True),
    Attribute("middle_name", Text("Middle name"), _NAME, is_localised=True),
    Attribute("nickname", Text("Nickname"), _NAME, is_localised=True),
    Attribute("preferred_username", Text("Name to be called by"), _NAME),
    Attribute("profile", Text("Profile page"), _url, is_localised=True),
    Attribute("picture", Text("Picture"), _url, is_localised=True),
    Attribute("website", Text("Website"), _url, is_localised=True),
    Attribute("gender", Text("Gender"), _text(40)),
    Attribute("birthdate", Text("Date of birth"), _birthdate),
    Attribute("zoneinfo", Text("Time zone"), _zone),
    Attribute("locale", Text("Language"), _locale),
    Attribute("address", Text("Postal address"), _address, is_localised=True),
)
ATTRIBUTES: Final[Mapping[str, Attribute]] = {attribute.name: attribute for attribute in SCHEMA}
