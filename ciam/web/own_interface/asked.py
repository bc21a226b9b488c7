"""What a step asks, before it is put into the reader's words: fields, other actions, choices."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from ciam.authentication.sent_code import DIGITS
from ciam.protection.proof_of_work import Offer
from ciam.texts import Text

_MOST: Final = 320
_CODE: Final = f"[0-9]{{{DIGITS}}}"


@dataclass(frozen=True, slots=True)
class Field:
    """One input; the words are those of HTML (`autocomplete`, `inputmode`, `pattern`).

    options  what may be chosen, value and label; None where one types
    """

    name: str
    label: Text | None
    type: str = "text"
    autocomplete: str = "off"
    inputmode: str | None = None
    required: bool = True
    min_length: int | None = None
    max_length: int = _MOST
    pattern: str | None = None
    value: str | None = field(default=None, repr=False)
    hint: Text | None = None
    options: Sequence[dict[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What a browser or device is asked for a passkey, and the action that takes its answer.

    ceremony    of `navigator.credentials`: get or create
    options     as JSON (Web Authentication §5.1.10)
    autofill    whether it may also be offered in the field of the name (`mediation: conditional`)
    instead_of  the field that is not sent where the answer is
    fields      what may be sent along
    """

    ceremony: Literal["get", "create"]
    action: str
    label: Text
    options: str = field(repr=False)
    autofill: bool = False
    instead_of: str | None = None
    fields: Sequence[Field] = ()


@dataclass(frozen=True, slots=True)
class AppOffer:
    """The secret of an authenticator app: as an address that apps open, as text, as a picture."""

    uri: str = field(repr=False)
    secret: str = field(repr=False)
    picture: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a step asks; `submit` is the action that the fields belong to, None without fields.

    other_actions  what else may be sent in this step, with its label
    choices        by kind: journeys, providers, ways, notices, purposes
    sent_to        where a code went, masked; until when it counts; when another may be sent
    username       the name that a password store needs beside a new password
    work           what an unknown browser or app has to calculate first, while sign-ins are tried
    passkey        what may be asked of an authenticator too
    authenticator_app  the secret that the code of an app is asked for
    """

    submit: str | None
    title: Text
    label: Text | None
    fields: Sequence[Field]
    other_actions: dict[str, Text] = field(default_factory=dict)
    choices: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    sent_to: str | None = None
    expires_at: datetime | None = None
    again_at: datetime | None = None
    username: str | None = field(default=None, repr=False)
    work: Offer | None = None
    passkey: Ceremony | None = None
    authenticator_app: AppOffer | None = None


def code_field() -> Field:
    """Ask for the digits of a code; a person may paste it with spaces."""
    return Field(
        "code",
        Text("Six-digit code"),
        autocomplete="one-time-code",
        inputmode="numeric",
        pattern=_CODE,
        max_length=64,
    )


def recovery_code_field() -> Field:
    """Ask for one of the codes that were kept."""
    return Field("code", Text("Recovery code"), max_length=64)
