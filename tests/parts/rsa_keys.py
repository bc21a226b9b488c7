"""RSA keys drawn sixteen times for each process of a run, then handed out in turn.

To draw two primes takes longer than most tests; what is tested is never the drawing. Two databases
of one test may share a key only when more than sixteen were made between them.
"""

from collections import deque

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from joserfc.jwk import RSAKey
from pytest import MonkeyPatch  # noqa: PT013 - a type

_DRAWN = 16
_keys: dict[int, deque[RSAPrivateKey]] = {}


def install(patch: MonkeyPatch) -> None:
    """Let joserfc take its RSA keys from here."""
    patch.setattr(RSAKey.binding, "generate_private_key", staticmethod(_next))


def _next(size: int) -> RSAPrivateKey:
    keys = _keys.setdefault(size, deque())
    if len(keys) < _DRAWN:
        keys.append(generate_private_key(public_exponent=65537, key_size=size))
        return keys[-1]
    keys.rotate(-1)
    return keys[-1]
