"""Phone numbers as people type them, kept and compared in one form, E.164 (ITU-T E.164 §6).

Written as at home (090-1234-5678) they are read as of the home country, which is policy; with `+`
as of any. Full-width digits and every usual hyphen count. Who wants to sign in with a number has to
get messages on it, so landlines, premium and shared-cost numbers are none of these.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from ciam.errors import FormRefused
from ciam.texts import Text

INVALID: Final = Text("Enter a mobile number like {example}.", example="090-1234-5678")

_GETS_MESSAGES: Final = frozenset(
    {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}  # the latter: North America
)
_WRITTEN: Final = re.compile(r"\+?[\d\s()./~\u2010-\u2015\u2212\u30fc\uff5e-]{5,40}")
_MOST_SIGNS: Final = 40
_BLOCK_DIGITS: Final = 5


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number in E.164; it is sent to and compared in the same form."""

    address: str = field(repr=False)

    @property
    def lookup(self) -> str:
        """What is compared."""
        return self.address

    @property
    def country(self) -> str:
        """The country it belongs to (ISO 3166-1), `ZZ` when none does."""
        number = phonenumbers.parse(self.address)
        return phonenumbers.region_code_for_number(number) or "ZZ"

    @property
    def block(self) -> str:
        """The range it lies in: all but its last digits, in Japan what a carrier is allotted."""
        return self.address[:-_BLOCK_DIGITS]


def parse_phone(text: str, region: str | None, *, form_field: str = "phone") -> PhoneNumber:
    """Read a number that can get messages; raise FormRefused, on `form_field`, for what is none.

    `region` (ISO 3166-1) is the country of a number written without its code; None: only `+`.
    """
    number = read_phone(text, region)
    if number is None or not _gets_messages(number):
        raise FormRefused("not a mobile number", errors={form_field: INVALID})
    return number


def read_phone(text: str, region: str | None) -> PhoneNumber | None:
    """Read a number of any kind; None for what is none."""
    typed = unicodedata.normalize("NFKC", text).strip()
    if len(typed) > _MOST_SIGNS or not _WRITTEN.fullmatch(typed):
        return None
    try:
        number = phonenumbers.parse(typed, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return PhoneNumber(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def is_phone(lookup: str) -> bool:
    """Tell whether a lookup form is that of a number: no address and no user name begins so."""
    return lookup.startswith("+") and lookup[1:].isascii() and lookup[1:].isdigit()


def mask_phone(number: str) -> str:
    """Give a number so far hidden that its owner knows it: the last two digits."""
    return f"••• •••• ••{number[-2:]}"


def write_phone(number: str, region: str | None) -> str:
    """Write a number as people at home do, or in the international way."""
    parsed = phonenumbers.parse(number)
    is_home = region is not None and phonenumbers.region_code_for_number(parsed) == region
    form = PhoneNumberFormat.NATIONAL if is_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


def _gets_messages(number: PhoneNumber) -> bool:
    return phonenumbers.number_type(phonenumbers.parse(number.address)) in _GETS_MESSAGES
