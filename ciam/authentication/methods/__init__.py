"""The methods of signing in, one file each."""

from typing import Final

from ciam.authentication.method import SecondFactor
from ciam.authentication.methods import (
    email_code,
    federated,
    passkey,
    password,
    recovery_code,
    totp,
)

METHODS: Final = (password, passkey, email_code, federated, totp, recovery_code)
"""Every method there is; each names itself by `METHOD` and says its `AMR`."""

SECOND_FACTORS: Final[tuple[SecondFactor, ...]] = (totp, recovery_code)
"""Those whose typed code may follow a first proof, the first one offered first."""
