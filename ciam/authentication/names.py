"""Which names customers sign in with, by policy, and what a field for one of them is called."""

from typing import Final

from ciam.authentication.method import WRONG
from ciam.customers.identifiers import EMAIL, PHONE, USERNAME
from ciam.policies import NamePolicy
from ciam.texts import Text

_LABELS: Final = {
    (False, False): Text("E-mail address"),
    (True, False): Text("E-mail address or phone number"),
    (False, True): Text("E-mail address or user name"),
    (True, True): Text("E-mail address, phone number or user name"),
}
_MISSING: Final = {
    (False, False): Text("Enter your e-mail address."),
    (True, False): Text("Enter your e-mail address or phone number."),
    (False, True): Text("Enter your e-mail address or user name."),
    (True, True): Text("Enter your e-mail address, phone number or user name."),
}
_WRONG_NAME: Final = Text("That sign-in name and password do not match.")


def accepted_kinds(names: NamePolicy) -> frozenset[str]:
    """Give the kinds of identifiers that open a sign-in."""
    phone, username = _accepts(names)
    return frozenset({EMAIL} | ({PHONE} if phone else set()) | ({USERNAME} if username else set()))


def label_of(names: NamePolicy) -> Text:
    """Give what the field for a sign-in name is called."""
    return _LABELS[_accepts(names)]


def missing_name(names: NamePolicy) -> Text:
    """Give what is said of an empty one."""
    return _MISSING[_accepts(names)]


def wrong_name(names: NamePolicy) -> Text:
    """Give the one sentence for every sign-in with a name and a password that did not work."""
    return _WRONG_NAME if any(_accepts(names)) else WRONG


def _accepts(names: NamePolicy) -> tuple[bool, bool]:
    return names.phone != "off", names.username != "off"
