"""Time-based one-time passwords: the arithmetic of RFC 6238, for customers and operators alike.

Whoever stores a seed also stores the last step that was used and takes a code only for a later one,
by one statement: so a code works once (RFC 6238 §5.2), also when it is sent twice at once.
"""

import re
from datetime import datetime
from typing import Final

import pyotp

STEP_SECONDS: Final = 30
DIGITS: Final = 6
_EITHER_SIDE: Final = 1
_SPACES: Final = re.compile(r"[\s-]+")


def new_seed() -> str:
    """Make a seed of 160 random bits in base32 (RFC 4226 §4, R6)."""
    return pyotp.random_base32()


def step_at(moment: datetime) -> int:
    """Give the number of the time step that an instant lies in."""
    return int(moment.timestamp()) // STEP_SECONDS


def find_step(seed: str, code: str, now: datetime, *, after: int = -1) -> int | None:
    """Give the step whose code this is: the present one, or one before or after it (§5.2, §6).

    `after` is the last step that was used: it and what lies before it no longer count.
    """
    typed = _SPACES.sub("", code)
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    generator, present = pyotp.HOTP(seed), step_at(now)
    found = None
    for step in range(present - _EITHER_SIDE, present + _EITHER_SIDE + 1):
        if generator.verify(typed, step) and step > after:
            found = step
    return found


def enrolment_uri(seed: str, *, account: str, issuer: str) -> str:
    """Give the `otpauth:` address that authenticator apps read from a QR code."""
    return pyotp.TOTP(seed).provisioning_uri(name=account, issuer_name=issuer)
