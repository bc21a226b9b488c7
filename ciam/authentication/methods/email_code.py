"""A code and a link mailed to an address: one way that a `sent_code` can go."""

from typing import Final
from uuid import UUID

from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import Journey
from ciam.authentication.method import CodeMessage, Occasion, Target
from ciam.authentication.sent_code import WRONG, claim_second, read_code
from ciam.customers.identifiers import EMAIL, EmailAddress, mask_contact, parse_email
from ciam.errors import FormRefused
from ciam.messaging.messages import (
    AddressKnown,
    ConnectKnown,
    Message,
    PasswordReset,
    SignInCode,
    VerifyAddress,
)
from ciam.messaging.outgoing import send as send_mail
from ciam.protection.mail_caps import may_mail
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

METHOD: Final = "email_code"
AMR: Final = ("otp",)

read = read_code
mask = mask_contact


def target_of(address: EmailAddress) -> Target:
    """Give an address as the target of a code."""
    return Target(address.address, address.lookup)


def read_target(typed: str, _region: str = "") -> Target | None:
    """Give where a code would go for what was typed as a name; None when that is no address."""
    try:
        return target_of(parse_email(typed, old_carriers=True))
    except FormRefused:
        return None


async def find_target(transaction: UnitOfWork, customer: UUID) -> Target | None:
    """Give the proven address that the customer signs in with; None without one."""
    for identifier in await transaction.identifiers.list_for(customer):
        is_proven = identifier.is_login and identifier.verified_at is not None
        if identifier.kind == EMAIL and is_proven:
            return read_target(identifier.value)
    return None


async def is_enrolled(transaction: UnitOfWork, customer: UUID) -> bool:
    """Tell whether the customer has switched mailed codes on, and has where to send them."""
    if await transaction.authenticators.find_one(customer, METHOD) is None:
        return False
    return await find_target(transaction, customer) is not None


async def claim(transaction: UnitOfWork, journey: Journey, customer: UUID, code: str) -> bool:
    """Use a code up; False for a wrong one, a used one and one that went elsewhere."""
    target = await find_target(transaction, customer)
    return await claim_second(transaction, journey, target, code)


async def may_send(transaction: UnitOfWork, target: Target, context: BrowserContext) -> bool:
    """Count a mail to the address; False above its cap. Raise TooManyAttempts for the network."""
    limits = (await transaction.policies.get()).limits
    return await may_mail(transaction, limits, target.lookup, address=context.address)


async def note_used(_transaction: UnitOfWork, _target: Target) -> None:
    """Count nothing: a mail costs nobody anything."""


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
    """Have the mail for the occasion sent once the transaction commits."""
    await send_mail(
        transaction,
        _message(content),
        to=target.address,
        language=language,
        brand=brand,
        cause=cause,
        withheld=withheld,
    )


def _message(content: CodeMessage) -> Message:
    code, link, until = content.code, content.link, content.expires_at
    match content.occasion:
        case Occasion.SIGN_UP | Occasion.CHANGE:
            purpose = "change" if content.occasion is Occasion.CHANGE else "sign_up"
            return VerifyAddress(code=code, link=link, expires_at=until, purpose=purpose)
        case Occasion.CONNECT:
            provider = content.provider or ""
            return ConnectKnown(code=code, link=link, expires_at=until, provider=provider)
        case Occasion.KNOWN:
            return AddressKnown()
        case Occasion.RECOVERY:
            return PasswordReset(code=code, link=link, expires_at=until)
        case Occasion.SIGN_IN | Occasion.SECOND_FACTOR:
            return SignInCode(code=code, link=link, expires_at=until, device=content.device)
    return SignInCode(code=code, expires_at=until, device=content.device, is_for_lost_factor=True)
