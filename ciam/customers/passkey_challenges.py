"""Challenges of passkey ceremonies, good once (Web Authentication Level 3 §13.4.3).

A challenge costs no row when it is handed out, so a page may carry one for everybody. It holds a
nonce, its end, and a keyed hash over these, its purpose, the browser and the journey or session it
belongs to. Only its use is written, by one insert.
"""

import os
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from ciam.errors import Refusal
from ciam.identifiers import is_same
from ciam.sealing import ServerKeys, keyed_hash
from ciam.storage import UnitOfWork

REGISTER: Final = "register"
SIGN_UP: Final = "sign_up"
SIGN_IN: Final = "sign_in"
SECOND_FACTOR: Final = "second_factor"

_KIND: Final = "passkey_challenge"
_NONCE_BYTES: Final = 16
_END: Final = struct.Struct(">Q")
_HEAD: Final = _NONCE_BYTES + _END.size


class ChallengeRefused(Refusal):
    """Not one of ours, not of this browser and purpose, or too old."""

    code = "challenge_refused"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where alone a challenge counts: what for, in which browser, in which journey or session."""

    purpose: str
    browser_hash: bytes = field(repr=False)
    belongs_to: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge that was checked and may be claimed."""

    value: bytes = field(repr=False)
    expires_at: datetime


def issue(keys: ServerKeys, scope: Scope, expires_at: datetime) -> bytes:
    """Make a challenge that counts until then."""
    head = os.urandom(_NONCE_BYTES) + _END.pack(int(expires_at.timestamp()))
    return head + _proof(keys, scope, head, keys.cookie.newest.version)


def check(keys: ServerKeys, scope: Scope, value: bytes, now: datetime) -> Challenge:
    """Give the challenge of an answer; raise ChallengeRefused unless it was issued for this."""
    head, proof = value[:_HEAD], value[_HEAD:]
    if len(head) != _HEAD or not any(
        is_same(proof, _proof(keys, scope, head, version)) for version in keys.cookie.keys
    ):
        raise ChallengeRefused("not issued for this purpose, browser and place")
    expires_at = datetime.fromtimestamp(_END.unpack(head[_NONCE_BYTES:])[0], UTC)
    if expires_at <= now:
        raise ChallengeRefused("too old")
    return Challenge(value, expires_at)


async def claim(transaction: UnitOfWork, challenge: Challenge) -> bool:
    """Use a challenge up, by one insert; False when it was used before."""
    return await transaction.single_uses.claim(
        _KIND, challenge.value.hex(), expires_at=challenge.expires_at
    )


def _proof(keys: ServerKeys, scope: Scope, head: bytes, version: int) -> bytes:
    return keyed_hash(
        keys.cookie.keys[version],
        "passkey challenge",
        scope.purpose,
        scope.browser_hash.hex(),
        scope.belongs_to,
        head.hex(),
    )
