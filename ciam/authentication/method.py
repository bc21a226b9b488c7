"""What a method of signing in gives: proof of who it is, to be turned into a session.

One file for each method in `methods/`; the `amr` values are those of RFC 8176.
"""

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import UUID

from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import Journey, StepTaken
from ciam.protection.lockout import Guess
from ciam.storage import UnitOfWork
from ciam.texts import Text

WRONG: Final = Text("That e-mail address and password do not match.")
"""The one sentence for every sign-in that did not work."""


@dataclass(frozen=True, slots=True)
class Proven:
    """Who it is, and what was true when it was proven.

    method        empty where nothing more was proven, and the journey goes on all the same
    epoch         the credential epoch that was read before; a sign-in that finds another one
                  when it wants to finish is refused
    known_device  the secret by which this browser was a known device already
    guess         the attempt to take back, now that it was right
    tells_owner   whether a sign-in on a new device is worth a mail to the customer
    is_second     whether it joins a first proof of the same journey, or begins anew
    trusts_device whether the customer does not want to be asked for a second one here again
    is_guessable  whether what was typed is among the passwords that are guessed first
    new_password  hash of the password that a recovery sets, once all is proven
    """

    customer: UUID
    epoch: int
    method: str
    amr: tuple[str, ...]
    known_device: str | None = field(default=None, repr=False)
    guess: Guess | None = None
    tells_owner: bool = True
    is_second: bool = False
    trusts_device: bool = False
    is_guessable: bool = False
    new_password: str = field(default="", repr=False)


def keep_proof(proven: Proven) -> dict[str, Any]:
    """Give what a journey keeps of a proof while it asks something: no attempt, no password."""
    return asdict(replace(proven, guess=None, new_password="")) | {"customer": proven.customer.hex}


def read_proof(kept: dict[str, Any] | None) -> Proven:
    """Read what `keep_proof` gave; raise StepTaken when nobody was proven."""
    if kept is None:
        raise StepTaken("nobody was proven")
    return Proven(**kept | {"customer": UUID(kept["customer"]), "amr": tuple(kept["amr"])})


class SecondFactor(Protocol):
    """A method whose typed code may follow a first proof; a module of `methods/` is one."""

    @property
    def METHOD(self) -> str:  # noqa: N802 - a constant of the module
        """How it is named in the journey, in policies and in the audit trail."""
        ...

    @property
    def AMR(self) -> tuple[str, ...]:  # noqa: N802 - a constant of the module
        """Its RFC 8176 values."""
        ...

    @property
    def WRONG(self) -> Text:  # noqa: N802 - a constant of the module
        """What is said of a code that is wrong or used."""
        ...

    async def is_enrolled(self, transaction: UnitOfWork, customer: UUID) -> bool:
        """Tell whether the customer can prove it."""
        ...

    def read(self, typed: str) -> str:
        """Give the code as it is compared; raise FormRefused for what cannot be one."""
        ...

    async def claim(
        self, transaction: UnitOfWork, journey: Journey, customer: UUID, code: str, /
    ) -> bool:
        """Use a code up, by one statement; False when it is wrong or used."""
        ...


class Occasion(StrEnum):
    """What a code is sent for: the purpose of its proof, and which message carries it.

    LOST_FACTOR begins a wait, WITHOUT_FACTOR goes on after it: a code for one is none for the
    other.
    CONNECT and KNOWN are a sign-up with an address that has an account; KNOWN carries no code.
    """

    SIGN_UP = "verify_email"
    CONNECT = "connect"
    KNOWN = "known"
    RECOVERY = "reset_password"
    SIGN_IN = "sign_in"
    SECOND_FACTOR = "second_factor"
    LOST_FACTOR = "lost_factor"
    WITHOUT_FACTOR = "without_factor"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a code goes: `address` is written to, `lookup` is compared and counted."""

    address: str = field(repr=False)
    lookup: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CodeMessage:
    """What is sent: the digits, the path of the link (empty without one), until when both work.

    provider  the social login that would be connected
    device    the browser that asked, as its owner would name it
    """

    occasion: Occasion
    code: str = field(repr=False)
    link: str = field(repr=False)
    expires_at: datetime
    provider: str | None = None
    device: str | None = None


class SentCode(SecondFactor, Protocol):
    """A way that codes are sent; a module of `methods/` is one.

    It may prove a first factor (the name that was typed is where the code goes) and a second one
    (the code goes where its customer has proven to be reached).
    """

    def read_target(self, typed: str, region: str, /) -> Target | None:
        """Give where a code would go for a typed sign-in name; None when it is not of this way.

        `region` (ISO 3166-1) is the country of a number written without its code.
        """
        ...

    def mask(self, address: str) -> str:
        """Give an address so far hidden that its owner knows it and a stranger learns little."""
        ...

    async def find_target(self, transaction: UnitOfWork, customer: UUID) -> Target | None:
        """Give where a customer has proven to be reached; None without such a place."""
        ...

    async def may_send(
        self, transaction: UnitOfWork, target: Target, context: BrowserContext
    ) -> bool:
        """Count a message; False above the cap of the target, and nothing is said of it.

        Raise TooManyAttempts when the network of the browser has caused too many.
        """
        ...

    async def send(
        self,
        transaction: UnitOfWork,
        target: Target,
        content: CodeMessage,
        *,
        language: str,
        brand: str | None = None,
        cause: UUID | None = None,
        withheld: bool = False,
    ) -> None:
        """Have the message sent once the transaction commits; or made, and withheld."""
        ...

    async def note_used(self, transaction: UnitOfWork, target: Target) -> None:
        """Note that a code that went to a target came back, as the first proof of a journey."""
        ...
