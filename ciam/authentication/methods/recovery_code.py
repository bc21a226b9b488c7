"""A recovery code: written down when the second factor was set up, each good once (C-09)."""

import unicodedata
from typing import Final
from uuid import UUID

from ciam.authentication.journey import Journey
from ciam.errors import FormRefused
from ciam.identifiers import RECOVERY_SIGNS
from ciam.storage import UnitOfWork
from ciam.texts import Text

METHOD: Final = "recovery_code"
AMR: Final = ("otp",)
WRONG: Final = Text("That is not one of your recovery codes, or it was used before.")

_LENGTH: Final = 10
_HYPHENS: Final = "-\u2010\u2013\u30fc"


def read(typed: str) -> str:
    """Give a code as it was printed or typed; raise FormRefused for what cannot be one."""
    code = "".join(
        sign
        for sign in unicodedata.normalize("NFKC", typed).lower()
        if not sign.isspace() and sign not in _HYPHENS
    )
    if len(code) != _LENGTH or any(sign not in RECOVERY_SIGNS for sign in code):
        raise FormRefused("not of the form of a recovery code", errors={"code": WRONG})
    return code


async def is_enrolled(transaction: UnitOfWork, customer: UUID) -> bool:
    """Tell whether the customer has codes left."""
    return await transaction.recovery_codes.count_left(customer) > 0


async def claim(transaction: UnitOfWork, _journey: Journey, customer: UUID, code: str) -> bool:
    """Use a code up; False for a wrong one and a used one."""
    return await transaction.recovery_codes.use(customer, code)
