"""DPoP proofs (RFC 9449 §4): that who asks holds a private key, by a signature over this call.

Used for the auth_session of first-party apps alone. Codes and tokens are not bound to a key yet.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.jws import extract_compact

from ciam.oauth.errors import InvalidDPoPProof

if TYPE_CHECKING:
    from ciam.storage import UnitOfWork

ALGORITHM: Final = "ES256"
"""What the key stores of phones sign with."""

LEEWAY: Final = timedelta(seconds=60)
_KIND: Final = "dpop_jti"
_TYPE: Final = "dpop+jwt"
_MOST_CHARACTERS: Final = 4096
_LONGEST_ID: Final = 256
_PUBLIC: Final = frozenset({"kty", "crv", "x", "y"})


@dataclass(frozen=True, slots=True)
class KeyProof:
    """A proof that was verified, still to be used: the thumbprint of its key (RFC 7638), its id."""

    thumbprint: str
    jti: str = field(repr=False)
    expires_at: datetime


def read_proof(text: str, *, method: str, uri: str, now: datetime) -> KeyProof:
    """Check a proof for one call (§4.3); raise InvalidDPoPProof for whatever does not prove it."""
    if len(text) > _MOST_CHARACTERS or not text.isascii():
        raise InvalidDPoPProof(cause="longer than any proof, or no JWT")
    try:
        header = extract_compact(text.encode()).headers()
        key = _read_key(header)
        claims = jwt.decode(text, key, algorithms=[ALGORITHM]).claims
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidDPoPProof(cause=f"a DPoP proof: {type(error).__name__}") from error
    made_at = _check_claims(claims, method, uri, now)
    return KeyProof(key.thumbprint(), claims["jti"], made_at + 2 * LEEWAY)


async def use_proof(transaction: UnitOfWork, proof: KeyProof) -> bool:
    """Use a proof up, by one insert; False when it was used before (§11.1)."""
    value = json.dumps([proof.thumbprint, proof.jti])
    return await transaction.single_uses.claim(_KIND, value, expires_at=proof.expires_at)


def _read_key(header: dict[str, Any]) -> ECKey:
    """Give the public key of a proof; raise ValueError for a header that is none of a proof's."""
    given = header.get("jwk")
    if header.get("typ") != _TYPE or header.get("alg") != ALGORITHM or not isinstance(given, dict):
        msg = "not the header of a proof"
        raise ValueError(msg)
    if "d" in given or given.get("kty") != "EC":
        msg = "not a public key of the algorithm"
        raise ValueError(msg)
    return ECKey.import_key({name: given[name] for name in _PUBLIC})


def _check_claims(claims: dict[str, Any], method: str, uri: str, now: datetime) -> datetime:
    """Give when a proof was made; raise InvalidDPoPProof unless it is for this call, and of now."""
    jti, made = claims.get("jti"), claims.get("iat")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_ID:
        raise InvalidDPoPProof(cause="a proof without jti")
    if claims.get("htm") != method or _bare(claims.get("htu")) != uri:
        raise InvalidDPoPProof(cause="a proof for another call")
    if isinstance(made, bool) or not isinstance(made, int):
        raise InvalidDPoPProof(cause="a proof without iat")
    if abs(now.timestamp() - made) > LEEWAY.total_seconds():
        raise InvalidDPoPProof(cause="a proof of another time")
    return datetime.fromtimestamp(made, UTC)


def _bare(uri: object) -> str:
    """Give an address without query and fragment (§4.2)."""
    return uri.partition("#")[0].partition("?")[0] if isinstance(uri, str) else ""
