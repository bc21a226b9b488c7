"""How we prove at a provider's token endpoint which client we are (RFC 6749 §2.3.1)."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

from joserfc import jwt
from joserfc.jwk import ECKey

from ciam.clock import to_epoch_seconds
from ciam.federation.provider import ClientAuthentication

if TYPE_CHECKING:
    from datetime import datetime

    from ciam.federation.site import Site

_MINTED_FOR: Final = timedelta(minutes=5)


def authenticate(site: Site, now: datetime) -> tuple[dict[str, str], dict[str, str]]:
    """Give the headers and the form fields that name and prove the client."""
    provider, connection = site.provider, site.connection
    named = {provider.client_id_parameter: connection.client_id}
    secret = connection.client_secret
    if secret is None:
        return {}, named
    if provider.client_authentication is ClientAuthentication.MINTED:
        return {}, {**named, "client_secret": mint_secret(site, now)}
    if provider.client_authentication is ClientAuthentication.POST:
        return {}, {**named, "client_secret": secret}
    pair = f"{quote_plus(connection.client_id)}:{quote_plus(secret)}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}, {}


def mint_secret(site: Site, now: datetime) -> str:
    """Sign a client secret for a few minutes with the key that is kept as the secret (ES256)."""
    options = site.options
    claims = {
        "iss": options["team_id"],
        "iat": to_epoch_seconds(now),
        "exp": to_epoch_seconds(now + _MINTED_FOR),
        "aud": site.moved(site.provider.minted_audience),
        "sub": site.connection.client_id,
    }
    key = ECKey.import_key(site.connection.client_secret or "")
    header = {"alg": "ES256", "kid": options["key_id"]}
    return jwt.encode(header, claims, key, algorithms=["ES256"])
