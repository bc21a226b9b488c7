"""A code in a text message to a phone number: the other way that a `sent_code` can go.

Whoever takes over a number, by the carrier's mistake or because it was let go of, gets its codes.
So it is off as a method of signing in unless the policy says otherwise, it sets no new password
where there is a proven e-mail address, and it proves no account to a stranger who would link to it.
"""

from typing import Final
from uuid import UUID

from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import Journey
from ciam.authentication.method import CodeMessage, Occasion, Target
from ciam.authentication.sent_code import WRONG, claim_second, read_code
from ciam.customers.identifiers import PHONE, mask_contact
from ciam.customers.phones import PhoneNumber, parse_phone
from ciam.errors import FormRefused
from ciam.messaging.outgoing import send_sms
from ciam.messaging.short_messages import (
    FactorCode,
    NumberCode,
    NumberKnown,
    ResetCode,
    ShortMessage,
    SignInCode,
)
from ciam.protection.sms_caps import may_text
from ciam.storage import UnitOfWork

__all__ = [
    "AMR",
    "METHOD",
    "WRONG",
    "claim",
    "find_target",
    "is_enrolled",
    "mask",
    "may_send",
    "note_used",
    "read",
    "read_target",
    "send",
    "target_of",
]

METHOD: Final = "sms_code"
AMR: Final = ("sms",)

read = read_code
mask = mask_contact


def target_of(number: PhoneNumber) -> Target:
    """Give a number as the target of a code."""
    return Target(number.address, number.lookup)


def read_target(typed: str, region: str) -> Target | None:
    """Give where a code would go for what was typed as a name; None when that is no number."""
    try:
        return target_of(parse_phone(typed, region))
    except FormRefused:
        return None


async def find_target(transaction: UnitOfWork, customer: UUID) -> Target | None:
    """Give the proven number of the customer; None without one."""
    for identifier in await transaction.identifiers.list_for(customer):
        if identifier.kind == PHONE and identifier.verified_at is not None:
            return target_of(PhoneNumber(identifier.value))
    return None


async def is_enrolled(transaction: UnitOfWork, customer: UUID) -> bool:
    """Tell whether the customer has switched texted codes on, and has where to send them."""
    if await transaction.authenticators.find_one(customer, METHOD) is None:
        return False
    return await find_target(transaction, customer) is not None


async def claim(transaction: UnitOfWork, journey: Journey, customer: UUID, code: str) -> bool:
    """Use a code up; False for a wrong one, a used one and one that went elsewhere."""
    target = await find_target(transaction, customer)
    is_right = await claim_second(transaction, journey, target, code)
    if is_right and target is not None:
        await note_used(transaction, target)
    return is_right


async def may_send(transaction: UnitOfWork, target: Target, context: BrowserContext) -> bool:
    """Count a message to the number; False above a cap, or to a country that gets none.

    Raise TooManyAttempts for the network.
    """
    policy, number = (await transaction.policies.get()).sms, PhoneNumber(target.lookup)
    is_allowed = await may_text(
        transaction, policy, number.address, number.block, address=context.address
    )
    return is_allowed and number.country in policy.countries


async def send(
    transaction: UnitOfWork,
    target: Target,
    content: CodeMessage,
    *,
    language: str,
    brand: str | None = None,
    cause: UUID | None = None,
    withheld: bool = False,
) -> None:
    """Have the message for the occasion sent once the transaction commits."""
    await send_sms(
        transaction,
        _message(content),
        to=target.address,
        language=language,
        brand=brand,
        cause=cause,
        withheld=withheld,
    )


async def note_used(transaction: UnitOfWork, target: Target) -> None:
    """Note that a code came back: its block of numbers is no robot's."""
    await transaction.sms_sending.note_used(PhoneNumber(target.lookup).block)


def _message(content: CodeMessage) -> ShortMessage:
    code, until = content.code, content.expires_at
    match content.occasion:
        case Occasion.SIGN_UP | Occasion.CONNECT | Occasion.CHANGE:
            return NumberCode(code=code, expires_at=until)
        case Occasion.KNOWN:
            return NumberKnown()
        case Occasion.RECOVERY:
            return ResetCode(code=code, expires_at=until)
        case Occasion.LOST_FACTOR | Occasion.WITHOUT_FACTOR:
            return FactorCode(code=code, expires_at=until)
        case Occasion.SIGN_IN | Occasion.SECOND_FACTOR:
            return SignInCode(code=code, expires_at=until)
