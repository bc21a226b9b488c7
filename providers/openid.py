"""Any OpenID provider, by its issuer (OpenID Connect Discovery 1.0).

Addresses are read from the issuer's discovery document, never the algorithm: that is RS256 unless
the connection says otherwise.
"""

from ciam.federation.provider import ClientAuthentication, KeySource, Provider, when_verified

PROVIDER = Provider(
    key="openid",
    name={"": "OpenID"},
    issuer=None,
    endpoints=None,
    keys=KeySource.JWKS,
    algorithms=("RS256",),
    required_scopes=("openid",),
    client_authentication=ClientAuthentication.BASIC,
    fresh={"prompt": "login", "max_age": "0"},
    says_auth_time=True,
    email_trust=when_verified(),
)
