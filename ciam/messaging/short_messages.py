"""Every text message there is: a dataclass whose sentence is filled by its fields.

Short on purpose: a message of more than one part costs as much as several. `{brand}` is the brand
whose pages the customer sees; links are paths on this server, as in mails.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Final


@dataclass(frozen=True)
class ShortMessage:
    """What all text messages share."""

    sentence: ClassVar[str]
    """In English: the key of its translation."""
    is_capped: ClassVar[bool] = True
    """Whether a stranger can cause it; a notice about the account itself is never held back."""

    def to_payload(self) -> dict[str, Any]:
        """Give what the outbox keeps, sealed."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: {"instant": value.isoformat()} if isinstance(value, datetime) else value
            for name, value in values.items()
        }


@dataclass(frozen=True)
class _Code(ShortMessage):
    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class NumberCode(_Code):
    """A code that proves a number."""

    sentence = "{brand}: {code} is the code to confirm your number. Never tell it to anybody."


@dataclass(frozen=True)
class SignInCode(_Code):
    """A code to sign in with."""

    sentence = "{brand}: {code} is the code to sign in. Never tell it to anybody."


@dataclass(frozen=True)
class ResetCode(_Code):
    """A code to set a new password."""

    sentence = "{brand}: {code} is the code to set a new password. Never tell it to anybody."


@dataclass(frozen=True)
class NumberKnown(ShortMessage):
    """Somebody registered with a number that has an account: said only in this message."""

    sentence = "{brand}: this number has an account already. Sign in: {sign_in_link}"
    sign_in_link: str = "/sign-in"


@dataclass(frozen=True)
class NumberChanged(ShortMessage):
    """The number was replaced or removed: told to the old one, with the way to undo it."""

    sentence = (
        "{brand}: this number was removed from your account. Not you? Undo it within 72 hours:"
        " {undo_link}"
    )
    is_capped = False
    undo_link: str = field(repr=False)


@dataclass(frozen=True)
class AccessChanged(ShortMessage):
    """How one signs in was changed, told to who has no e-mail address."""

    sentence = "{brand}: how you sign in was changed. Not you? Set a new password: {recovery_link}"
    is_capped = False
    recovery_link: str = "/recover"


@dataclass(frozen=True)
class NewDevice(ShortMessage):
    """Somebody signed in on a device not seen before; told to who has no e-mail address."""

    sentence = "{brand}: sign-in on a new device. Not you? {not_me_link}"
    is_capped = False
    not_me_link: str = field(repr=False)


@dataclass(frozen=True)
class FactorCode(_Code):
    """A code for who says that the second factor is lost."""

    sentence = "{brand}: {code} is the code for a lost second step. Never tell it to anybody."


@dataclass(frozen=True)
class FactorLost(ShortMessage):
    """Somebody asks to go on without the second factor: told to every proven number."""

    sentence = (
        "{brand}: somebody asks to remove the second step of your sign-in. Not you? {cancel_link}"
    )
    is_capped = False
    cancel_link: str = field(repr=False)


@dataclass(frozen=True)
class FactorRequestEnded(ShortMessage):
    """Such a request was carried out or cancelled."""

    sentence = "{brand}: the request about the second step of your sign-in ended. {security_link}"
    is_capped = False
    security_link: str = "/account/security"


@dataclass(frozen=True)
class ClosedAccount(ShortMessage):
    """The account was closed by its owner, or so it seems; told to who has no e-mail address."""

    sentence = "{brand}: your account was closed. Not you? Please write to us."
    is_capped = False


SHORT_MESSAGES: Final[dict[str, type[ShortMessage]]] = {
    one.__name__: one
    for one in (
        NumberCode,
        SignInCode,
        ResetCode,
        NumberKnown,
        NumberChanged,
        AccessChanged,
        NewDevice,
        FactorCode,
        FactorLost,
        FactorRequestEnded,
        ClosedAccount,
    )
}
