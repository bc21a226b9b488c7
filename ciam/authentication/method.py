"""What a method of signing in gives: proof of who it is, to be turned into a session.

One file for each method in `methods/`; the `amr` values are those of RFC 8176.
"""

from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

from ciam.protection.lockout import Guess
from ciam.storage import UnitOfWork
from ciam.texts import Text

WRONG: Final = Text("That e-mail address and password do not match.")
"""The one sentence for every sign-in that did not work."""


@dataclass(frozen=True, slots=True)
class Proven:
    """Who it is, and what was true when it was proven.

    epoch         the credential epoch that was read before; a sign-in that finds another one
                  when it wants to finish is refused
    known_device  the secret by which this browser was a known device already
    guess         the attempt to take back, now that it was right
    tells_owner   whether a sign-in on a new device is worth a mail to the customer
    is_second     whether it joins a first proof of the same journey, or begins anew
    trusts_device whether the customer does not want to be asked for a second one here again
    is_guessable  whether what was typed is among the passwords that are guessed first
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

    async def claim(self, transaction: UnitOfWork, customer: UUID, code: str) -> bool:
        """Use a code up, by one statement; False when it is wrong or used."""
        ...
