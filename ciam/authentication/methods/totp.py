"""A code of an authenticator app: each once, no older step after a newer (RFC 6238 §5.2)."""

from typing import Final
from uuid import UUID

from ciam.authentication.journey import Journey
from ciam.authentication.sent_code import read_code
from ciam.customers.totp import find_step
from ciam.storage import UnitOfWork
from ciam.storage.stores.authenticators import TOTP
from ciam.texts import Text

METHOD: Final = TOTP
AMR: Final = ("otp",)
WRONG: Final = Text(
    "That is not the code that the app shows now, or it was used before."
    " Please wait for the next one."
)

read = read_code


async def is_enrolled(transaction: UnitOfWork, customer: UUID) -> bool:
    """Tell whether the customer has an app."""
    return await transaction.authenticators.find_one(customer, TOTP) is not None


async def claim(transaction: UnitOfWork, _journey: Journey, customer: UUID, code: str) -> bool:
    """Use a code up; False for a wrong one, a used one and one before the newest used."""
    enrolled = await transaction.authenticators.find_one(customer, TOTP)
    if enrolled is None or enrolled.secret is None:
        return False
    step = find_step(enrolled.secret.decode(), code, transaction.clock.now())
    return step is not None and await transaction.authenticators.use_step(enrolled.id, step)
