"""What a method of signing in gives: proof of who it is, to be turned into a session.

One file for each method in `methods/`; the `amr` values are those of RFC 8176.
"""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from ciam.protection.lockout import Guess
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
    """

    customer: UUID
    epoch: int
    method: str
    amr: tuple[str, ...]
    known_device: str | None = field(default=None, repr=False)
    guess: Guess | None = None
    tells_owner: bool = True
    is_second: bool = False
