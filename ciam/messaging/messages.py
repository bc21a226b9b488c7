"""Every message there is: a dataclass whose name is its template and whose fields are its context.

Links are paths on this server; the issuer is put in front when the mail is written, so no Host
header ever reaches one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Final


@dataclass(frozen=True)
class Message:
    """What all messages share."""

    template: ClassVar[str]
    is_security_notice: ClassVar[bool] = False
    """A notice about the account itself: no cap on mails ever holds it back."""

    def to_payload(self) -> dict[str, Any]:
        """Give what the outbox keeps, sealed."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: {"instant": value.isoformat()} if isinstance(value, datetime) else value
            for name, value in values.items()
        }


@dataclass(frozen=True)
class VerifyAddress(Message):
    """A code and a link that prove an address."""

    template = "verify_address"
    code: str = field(repr=False)
    link: str = field(repr=False)
    expires_at: datetime
    purpose: str = "sign_up"


@dataclass(frozen=True)
class SignInCode(Message):
    """A code to sign in with, as the only step (with a link) or as the second one."""

    template = "sign_in_code"
    code: str = field(repr=False)
    expires_at: datetime
    link: str = field(default="", repr=False)
    device: str | None = None
    is_for_lost_factor: bool = False
    security_link: str = "/account/security"


@dataclass(frozen=True)
class AddressKnown(Message):
    """Somebody registered with an address that has an account: said only in this mail."""

    template = "address_known"
    sign_in_link: str = "/sign-in"
    recovery_link: str = "/recover"


@dataclass(frozen=True)
class PasswordReset(Message):
    """A code and a link to set a new password."""

    template = "password_reset"
    code: str = field(repr=False)
    link: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class PasswordChanged(Message):
    """The password was changed."""

    template = "password_changed"
    is_security_notice = True
    when: datetime
    device: str | None = None
    recovery_link: str = "/recover"


@dataclass(frozen=True)
class PasskeyAdded(Message):
    """A passkey was added; `passkey` is the name it was given."""

    template = "passkey_added"
    is_security_notice = True
    when: datetime
    passkey: str = field(repr=False)
    passkeys_link: str = "/account/passkeys"
    recovery_link: str = "/recover"


@dataclass(frozen=True)
class PasskeyRemoved(Message):
    """A passkey was removed; `passkey` is the name it had."""

    template = "passkey_removed"
    is_security_notice = True
    when: datetime
    passkey: str = field(repr=False)
    recovery_link: str = "/recover"


@dataclass(frozen=True)
class SecondFactorChanged(Message):
    """The second factor was set up or removed, or has new recovery codes."""

    template = "second_factor_changed"
    is_security_notice = True
    when: datetime
    change: str
    """totp.added, totp.removed, sent_codes.added, sent_codes.removed or recovery_codes.renewed."""
    security_link: str = "/account/security"
    recovery_link: str = "/recover"


@dataclass(frozen=True)
class EmailChanged(Message):
    """The address was replaced: told to the old one, with the way to undo it."""

    template = "email_changed"
    is_security_notice = True
    when: datetime
    undo_link: str = field(repr=False)
    undo_until: datetime


@dataclass(frozen=True)
class PhoneChanged(Message):
    """The phone number was added, changed or removed; `number`, masked, is the one it is about."""

    template = "phone_changed"
    is_security_notice = True
    when: datetime
    change: str
    """phone.added, phone.changed or phone.removed."""
    number: str
    undo_link: str = field(repr=False)
    undo_until: datetime


@dataclass(frozen=True)
class AccountClosed(Message):
    """The account was closed by its owner, or so it seems."""

    template = "account_closed"
    is_security_notice = True
    when: datetime


@dataclass(frozen=True)
class LoginLinked(Message):
    """A social login was linked; `undo_link` takes it back and signs everybody out."""

    template = "login_linked"
    is_security_notice = True
    provider: str
    when: datetime
    undo_link: str = field(repr=False)
    undo_until: datetime


@dataclass(frozen=True)
class LoginUnlinked(Message):
    """A social login was unlinked; `undo_link` brings it back."""

    template = "login_unlinked"
    is_security_notice = True
    provider: str
    when: datetime
    undo_link: str = field(repr=False)
    undo_until: datetime


@dataclass(frozen=True)
class ConnectKnown(Message):
    """A social login came with an address that has an account: the code proves that account."""

    template = "connect_known"
    code: str = field(repr=False)
    link: str = field(repr=False)
    expires_at: datetime
    provider: str


@dataclass(frozen=True)
class NewSignIn(Message):
    """A sign-in from a device or a country that was not seen before; `country` is ISO 3166-1."""

    template = "new_sign_in"
    is_security_notice = True
    when: datetime
    device: str
    not_me_link: str = field(repr=False)
    not_me_until: datetime
    country: str | None = field(default=None, repr=False)
    is_new_country: bool = False
    sessions_link: str = "/account/sessions"


@dataclass(frozen=True)
class SecondFactorLost(Message):
    """Somebody asks to go on without the second factor; `stage` tells how far that is."""

    template = "second_factor_lost"
    is_security_notice = True
    stage: str
    """begun, waits, ready, cancelled or done."""
    asked_at: datetime
    device: str
    ready_at: datetime
    expires_at: datetime
    cancel_link: str = field(default="", repr=False)
    """Empty once it has ended."""
    security_link: str = "/account/security"
    recovery_link: str = "/recover"


@dataclass(frozen=True)
class SignInDisowned(Message):
    """The owner said that a sign-in was not theirs; the fields tell what was done."""

    template = "sign_in_disowned"
    is_security_notice = True
    when: datetime
    had_password: bool
    removed: list[str]
    """What had been added since that sign-in: passkey, totp, login."""
    has_old_address: bool = False
    has_old_number: bool = False
    lost: list[str] = field(default_factory=list)
    """What was changed since and could not be put back: email, phone."""
    recovery_link: str = "/recover"


@dataclass(frozen=True)
class ConsentReceipt(Message):
    """A decision was recorded; `title` names what it was about, in the reader's language."""

    template = "consent_receipt"
    title: str
    decision: str
    """given, refused, withdrawn, accepted, granted or removed."""
    when: datetime
    receipt_id: str
    consents_link: str = "/account/consents"


@dataclass(frozen=True)
class OperatorInvited(Message):
    """A link to join the console."""

    template = "operator_invited"
    is_security_notice = True
    link: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class CustomerInvited(Message):
    """A link to register with the address it was mailed to."""

    template = "customer_invited"
    link: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class OperatorNews(Message):
    """Tells the owners that somebody was invited to the console."""

    template = "operator_news"
    is_security_notice = True
    when: datetime
    roles: list[str]
    """Their titles in English, translated in the mail."""
    operators_link: str = "/admin/operators"


@dataclass(frozen=True)
class SetPasswordHint(Message):
    """Says where a new password is set; sent by support, opens nothing by itself."""

    template = "set_password_hint"
    recovery_link: str = "/recover"


MESSAGES: Final[dict[str, type[Message]]] = {
    one.template: one
    for one in (
        VerifyAddress,
        SignInCode,
        AddressKnown,
        PasswordReset,
        PasswordChanged,
        LoginLinked,
        LoginUnlinked,
        ConnectKnown,
        PasskeyAdded,
        PasskeyRemoved,
        AccountClosed,
        EmailChanged,
        PhoneChanged,
        NewSignIn,
        SecondFactorLost,
        SignInDisowned,
        SecondFactorChanged,
        ConsentReceipt,
        OperatorInvited,
        CustomerInvited,
        OperatorNews,
        SetPasswordHint,
    )
}


def to_context(payload: dict[str, Any], issuer: str) -> dict[str, Any]:
    """Give the context of the template: instants as instants, links with the issuer in front."""
    context: dict[str, Any] = {}
    for name, value in payload.items():
        if isinstance(value, dict):
            context[name] = datetime.fromisoformat(value["instant"])
        elif name == "link" or name.endswith("_link"):
            context[name] = f"{issuer}{value}" if value else ""
        else:
            context[name] = value
    return context
