"""Identifiers and secrets: how each is made, typed, and turned into what may be stored.

Internal ids are UUIDv7 (RFC 9562 §5.7), so that rows lie in the order of time. What the outside may
see is random. A secret names its kind in a prefix, which lets scanners find a leaked one, and is
stored only as its SHA-256: with at least 128 random bits a slow hash would add nothing.
"""

import hashlib
import hmac
import secrets
from typing import Final, NewType
from uuid import UUID

from uuid_utils.compat import uuid7

CustomerId = NewType("CustomerId", str)
"""The public ID of a person (`cus_...`); never changes, never reused."""

ClientId = NewType("ClientId", str)
"""The `client_id` of a registered client (RFC 6749 §2.2)."""

RECOVERY_SIGNS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""The signs of a recovery code: none looks like another, on paper or on a screen."""

SECRET_KINDS: Final = frozenset(
    {
        "ac",  # authorization code
        "at",  # opaque access token
        "rt",  # refresh token
        "cs",  # client secret
        "ss",  # session cookie
        "br",  # browser cookie
        "as",  # auth session of an app
        "dv",  # device cookie
        "td",  # trusted device cookie
        "ln",  # link in a mail
        "os",  # session of an operator
    }
)

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_CUSTOMER_ID_LENGTH = 24


def new_id() -> UUID:
    """Make an internal id (UUIDv7)."""
    return uuid7()


def new_customer_id() -> CustomerId:
    """Make a customer ID: `cus_` and 120 random bits, without letters that are easily confused."""
    return CustomerId(
        "cus_" + "".join(secrets.choice(_CROCKFORD) for _ in range(_CUSTOMER_ID_LENGTH))
    )


def new_secret(kind: str) -> str:
    """Make a secret of 256 random bits: `ciam_<kind>_<random>`; the kind is one of SECRET_KINDS."""
    if kind not in SECRET_KINDS:
        msg = f"unknown kind of secret: {kind}"
        raise ValueError(msg)
    return f"ciam_{kind}_{secrets.token_urlsafe(32)}"


def new_opaque(size: int = 16) -> str:
    """Make a random value that is no secret: `sid`, `jti`, a handle bound to a browser (bytes)."""
    return secrets.token_urlsafe(size)


def new_digits(length: int = 6) -> str:
    """Make a numeric code as mailed to people; only safe behind an attempt limit."""
    return "".join(secrets.choice("0123456789") for _ in range(length))


def new_recovery_code() -> str:
    """Give a code of 50 bits to be written down: ten signs of `RECOVERY_SIGNS`."""
    return "".join(secrets.choice(RECOVERY_SIGNS) for _ in range(10))


def hash_secret(secret: str) -> bytes:
    """Give what may be stored of a secret of at least 128 random bits: its SHA-256."""
    return hashlib.sha256(secret.encode()).digest()


def is_same(left: bytes | str, right: bytes | str) -> bool:
    """Compare in constant time."""
    a = left.encode() if isinstance(left, str) else left
    b = right.encode() if isinstance(right, str) else right
    return hmac.compare_digest(a, b)
