"""The pepper of stored passwords: a key over the finished hash, so that it can be rotated.

The whole Argon2 string is encrypted. A pepper mixed in before the hash could only be changed with
the password at hand (OWASP Password Storage, "Peppering"); this one is changed by `rewrap` in the
background, and a stolen database without the server's keys gives nothing to guess against.
"""

import base64
import binascii
from typing import Final

from ciam.sealing import KeyRing, SealBroken, seal, unseal, version_of

_PREFIX: Final = "ciam1$"
_PLACE: Final = b"password:argon2"


def wrap(encoded: str, peppers: KeyRing) -> str:
    """Give what may be stored of an Argon2 string."""
    sealed = seal(peppers.newest, encoded.encode(), _PLACE)
    return _PREFIX + base64.urlsafe_b64encode(sealed).decode()


def unwrap(stored: str, peppers: KeyRing) -> str:
    """Give the Argon2 string; raise SealBroken when the pepper is gone or the bytes changed."""
    return unseal(peppers, _sealed(stored), _PLACE).decode()


def find_version(stored: str) -> int | None:
    """Give which pepper lies over it; None for another form."""
    try:
        return version_of(_sealed(stored))
    except SealBroken:
        return None


def is_newest(stored: str, peppers: KeyRing) -> bool:
    """Whether the newest pepper lies over it."""
    return version_of(_sealed(stored)) == peppers.newest.version


def rewrap(stored: str, peppers: KeyRing) -> str | None:
    """Move a stored hash to the newest pepper, without the password; None when it is there."""
    return None if is_newest(stored, peppers) else wrap(unwrap(stored, peppers), peppers)


def _sealed(stored: str) -> bytes:
    try:
        if not stored.startswith(_PREFIX):
            cause = "a stored password has an unknown form"
            raise SealBroken(cause)
        return base64.b64decode(stored.removeprefix(_PREFIX), altchars=b"-_", validate=True)
    except binascii.Error as error:
        cause = "a stored password is damaged"
        raise SealBroken(cause) from error
