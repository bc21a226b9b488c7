"""The ID token of a provider, verified (OIDC Core §3.1.3.7; RFC 8725).

What it may be signed with and where the key comes from is fixed by the provider's declaration. The
token's header only picks one key among those of that source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import extract_compact
from joserfc.jwt import JWTClaimsRegistry

from ciam.clock import to_epoch_seconds
from ciam.federation.backchannel import Refused
from ciam.federation.provider import KeySource
from ciam.federation.published import get_document
from ciam.identifiers import is_same

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ciam.federation.site import Site
    from ciam.outbound import Outbound

LEEWAY: Final = 60
"""Seconds by which the clocks may differ."""
_KINDS: Final[dict[str, type[ECKey | RSAKey | OKPKey]]] = {
    "EC": ECKey,
    "RSA": RSAKey,
    "OKP": OKPKey,
}
_Key = OctKey | ECKey | OKPKey | RSAKey


async def verify_id_token(
    outbound: Outbound, site: Site, token: object, *, nonce: str | None, now: datetime
) -> dict[str, Any]:
    """Give the claims; raise Refused when the token proves nothing, Unanswered without the keys."""
    if not isinstance(token, str):
        raise Refused("there is no ID token")
    try:
        header = extract_compact(token.encode()).headers()
        # Before a key is looked for, so that no forged header makes us ask the provider for keys.
        if header.get("alg") not in site.algorithms:
            raise Refused("an algorithm that this provider does not use")
        key = await _find_key(outbound, site, header.get("kid"), now)
        claims = dict(jwt.decode(token, key, algorithms=list(site.algorithms)).claims)
        _check(site, claims, nonce, now)
    except (JoseError, ValueError, TypeError, AttributeError, UnicodeError) as error:
        raise Refused(f"ID token: {type(error).__name__}") from error
    return claims


def _check(site: Site, claims: dict[str, Any], nonce: str | None, now: datetime) -> None:
    client_id = site.connection.client_id
    registry = JWTClaimsRegistry(
        now=to_epoch_seconds(now),
        leeway=LEEWAY,
        iss={"essential": True},
        sub={"essential": True},
        aud={"essential": True, "value": client_id},
        exp={"essential": True},
        iat={"essential": True},
    )
    registry.validate(claims)
    if not site.names_issuer(claims["iss"], site.issuer_for(claims)):
        raise Refused("ID token: another issuer")
    # An audience besides us needs to say that it was made for us (OIDC Core §3.1.3.7, 4 and 5).
    audiences = claims["aud"]
    is_shared = isinstance(audiences, list) and len(audiences) > 1
    if claims.get("azp", None if is_shared else client_id) != client_id:
        raise Refused("ID token: made for another client")
    if nonce is not None and not is_same(str(claims.get("nonce", "")), nonce):
        raise Refused("ID token: another nonce")


async def _find_key(outbound: Outbound, site: Site, kid: object, now: datetime) -> _Key:
    if site.provider.keys is KeySource.CLIENT_SECRET:
        return OctKey.import_key(site.connection.client_secret or "")
    url = site.endpoints.jwks or ""
    for anew in (False, True):
        document = await get_document(outbound, url, now, anew=anew)
        found = [key for key in _usable(document) if kid is None or key.kid == kid]
        if len(found) == 1:
            return found[0]
    raise Refused("ID token: no such key")


def _usable(document: dict[str, Any]) -> Iterator[ECKey | OKPKey | RSAKey]:
    """Give the public keys for signatures; what we cannot read does not spoil the others."""
    keys = document.get("keys")
    for one in keys if isinstance(keys, list) else []:
        if not isinstance(one, dict) or one.get("use", "sig") != "sig":
            continue
        kind = _KINDS.get(str(one.get("kty")))
        if kind is None:
            continue
        try:
            yield kind.import_key({name: one[name] for name in one if name in _PUBLIC})
        except (JoseError, ValueError, KeyError, TypeError):
            continue


_PUBLIC: Final = frozenset({"kty", "kid", "use", "alg", "crv", "n", "e", "x", "y"})
