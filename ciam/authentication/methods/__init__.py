"""The methods of signing in, one file each."""

from typing import Final

from ciam.authentication.method import SecondFactor, SentCode
from ciam.authentication.methods import (
    email_code,
    federated,
    passkey,
    password,
    recovery_code,
    sms_code,
    totp,
)

METHODS: Final = (password, passkey, email_code, sms_code, federated, totp, recovery_code)
"""Every method there is; each names itself by `METHOD` and says its `AMR`."""

FIRST_METHODS: Final = (password, email_code, sms_code, federated)
"""Those that may begin a sign-in and are one proof; no two of them say the same `amr`."""

SENT_CODES: Final[tuple[SentCode, ...]] = (email_code, sms_code)
"""Those whose code is sent somewhere, the first one taken where nothing says which."""

SECOND_FACTORS: Final[tuple[SecondFactor, ...]] = (
    totp,
    email_code,
    sms_code,
    recovery_code,
)
"""Those whose typed code may follow a first proof, the first one offered first."""


def find_sent_code(name: str) -> SentCode | None:
    """Give the way that codes are sent by its name; None for what is none."""
    return next((one for one in SENT_CODES if name == one.METHOD), None)


def find_first_method(amr: tuple[str, ...]) -> str | None:
    """Give the method that a session of one proof began with, by what it noted; None if unclear."""
    return next((one.METHOD for one in FIRST_METHODS if amr == one.AMR), None)
