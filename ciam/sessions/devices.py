"""Known devices: a secret for each customer who signed in on one, all in one cookie.

It opens nothing. It only keeps strangers from locking a customer out (`ciam.protection.lockout`),
and tells a new device from an old one. It is renewed at each sign-in.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from ciam.identifiers import new_secret
from ciam.storage import UnitOfWork

LIFETIME: Final = timedelta(days=365)
_MOST: Final = 5
_SEPARATOR: Final = "."


async def find_device(transaction: UnitOfWork, customer: UUID, cookie: str | None) -> str | None:
    """Give the secret by which this browser is a known device of this customer."""
    return await transaction.known_devices.find_known(customer, split_secrets(cookie))


async def remember_device(
    transaction: UnitOfWork,
    customer: UUID,
    cookie: str | None,
    *,
    known: str | None,
    secret: str | None = None,
) -> str:
    """Remember this browser under a new secret; gives the cookie with those of others kept."""
    secret = secret or new_secret("dv")
    await transaction.known_devices.replace(
        customer, known, secret, expires_at=transaction.clock.now() + LIFETIME
    )
    return with_secret(cookie, known=known, secret=secret)


def with_secret(cookie: str | None, *, known: str | None, secret: str) -> str:
    """Give the cookie with a secret in front, in place of the one it had for the same customer."""
    others = [one for one in split_secrets(cookie) if one not in {known, secret}]
    return _SEPARATOR.join([secret, *others][:_MOST])


def split_secrets(cookie: str | None) -> list[str]:
    """Give the secrets of a cookie, at most as many as we put into one."""
    return [one for one in (cookie or "").split(_SEPARATOR)[:_MOST] if one]
