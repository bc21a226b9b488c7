"""Identifiers as people type them: what is kept, and what is looked up.

Two forms of one address. The *kept* form is what the person typed (spaces and full-width letters
aside); mail goes only there. The *lookup* form is what makes two typings the same name: NFKC, case
folded (Unicode §3.13), the domain in A-labels (RFC 5891). It is coarse on purpose: an address that
merely looks like another's is taken, and a code always goes to the address that was kept, never to
the one that was typed, so a look-alike opens nothing.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from email_validator import EmailNotValidError, validate_email

from ciam.customers.phones import PhoneNumber, mask_phone, read_phone
from ciam.customers.usernames import fold, fold_username
from ciam.errors import FormRefused
from ciam.texts import Text

EMAIL: Final = "email"
PHONE: Final = "phone"
USERNAME: Final = "username"

MAX_ADDRESS_LENGTH: Final = 254
"""Characters of a forward path (RFC 5321 §4.5.3.1.3, erratum 1690)."""

_CARRIER_DOMAINS: Final = frozenset(
    {"docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp", "disney.ne.jp"}
)
_CARRIER_SUFFIXES: Final = (".vodafone.ne.jp", ".ezweb.ne.jp", ".biz.ezweb.ne.jp")
_CARRIER_LOCAL_PART: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/?!%&~*^`'{}|=#$-]{0,63}")


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address in both forms; `address` is where mail goes, `lookup` what is compared."""

    address: str = field(repr=False)
    lookup: str = field(repr=False)


Contact = EmailAddress | PhoneNumber
"""Where a code can go: `address` is written to, `lookup` compared."""


def parse_email(
    text: str, *, old_carriers: bool = False, form_field: str = "email"
) -> EmailAddress:
    """Read an address; raise FormRefused, on `form_field`, for what is none.

    `old_carriers` also accepts what Japanese carriers handed out before they kept to RFC 5321, such
    as a dot before the `@`: for imports, and for finding what was imported.
    """
    typed = _clean(text)
    if old_carriers and (found := _parse_carrier_address(typed)):
        return found
    try:
        read = validate_email(typed, check_deliverability=False, allow_quoted_local=False)
    except EmailNotValidError as error:
        cause = "not an e-mail address"
        raise FormRefused(
            cause,
            errors={form_field: Text("Enter an e-mail address like name@example.com.")},
        ) from error
    return EmailAddress(
        f"{read.local_part}@{read.domain}", f"{fold(read.local_part)}@{read.ascii_domain.lower()}"
    )


def normalise_email(text: str) -> str:
    """Give the lookup form of an address; raise FormRefused for what is none."""
    return parse_email(text).lookup


def normalise_login(text: str, region: str | None = None) -> str:
    """Give the lookup form of whatever was typed to sign in: address, phone number or user name.

    `region` (ISO 3166-1) is the country of a number without its code. Never refuses: what cannot be
    a name is simply found nowhere, at the same cost as a free one.
    """
    typed = _clean(text)[: MAX_ADDRESS_LENGTH * 2]
    if "@" in typed:
        try:
            return parse_email(typed, old_carriers=True).lookup
        except FormRefused:
            return fold(typed)
    number = read_phone(typed, region)
    return fold_username(typed) if number is None else number.lookup


def mask_email(address: str) -> str:
    """Give an address so far hidden that its owner knows it and a stranger learns little."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def mask_contact(address: str) -> str:
    """Give an address or a number so far hidden that its owner knows it."""
    return mask_email(address) if "@" in address else mask_phone(address)


def _parse_carrier_address(typed: str) -> EmailAddress | None:
    local, _, domain = typed.rpartition("@")
    domain = domain.lower()
    is_carrier = domain in _CARRIER_DOMAINS or domain.endswith(_CARRIER_SUFFIXES)
    if not is_carrier or not _CARRIER_LOCAL_PART.fullmatch(local):
        return None
    return EmailAddress(f"{local}@{domain}", f"{fold(local)}@{domain}")


def _clean(text: str) -> str:
    """Undo what a Japanese keyboard does: full-width letters, an ideographic space around."""
    return unicodedata.normalize("NFKC", text).strip()
