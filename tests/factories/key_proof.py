"""What an app does that holds a key: a DPoP proof for one call (RFC 9449 §4.2)."""

from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from ciam.identifiers import new_opaque


def make_proof(
    key: ECKey,
    uri: str,
    now: datetime,
    *,
    htm: str = "POST",
    header: dict[str, Any] | None = None,
    **changes: Any,  # noqa: ANN401 - any claim
) -> str:
    """Sign a proof; what is changed is as it should not be, None leaves a claim out."""
    claims = {"jti": new_opaque(), "htm": htm, "htu": uri, "iat": int(now.timestamp())} | changes
    said: dict[str, Any] = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    said |= header or {}
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({name: said[name] for name in said if said[name] is not None}, kept, key)
