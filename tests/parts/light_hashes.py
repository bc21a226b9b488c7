"""Argon2id with a sixty-fourth of the memory, for tests that sign in but do not ask what it costs.

The algorithm, the pool, the deadline and what is stored are the real ones, and a policy that asks
for more memory still gets more than another. What starts a server of its own hashes at full cost.
"""

from typing import Any

import argon2
from pytest import MonkeyPatch  # noqa: PT013 - a type

_PART = 64
_RealHasher = argon2.PasswordHasher


class _LightHasher(argon2.PasswordHasher):
    def __init__(self, *, memory_cost: int, **given: Any) -> None:  # noqa: ANN401 - as Argon2 takes it
        super().__init__(memory_cost=memory_cost // _PART, **given)


def install(patch: MonkeyPatch) -> None:
    """Let passwords be hashed quickly in this process."""
    patch.setattr(argon2, "PasswordHasher", _LightHasher)


def take_back(patch: MonkeyPatch) -> None:
    """Let passwords cost what they cost a server, for a test of just that."""
    patch.setattr(argon2, "PasswordHasher", _RealHasher)
