"""LinkedIn (OpenID Connect since 2023; the older `r_liteprofile` is gone).

It returns no `nonce` and knows no PKCE for servers: the state bound to the browser has to do.
Somebody who says no is reported by errors of its own.
"""

from ciam.federation.provider import Endpoints, KeySource, Provider, when_verified

PROVIDER = Provider(
    key="linkedin",
    name={"": "LinkedIn"},
    issuer="https://www.linkedin.com/oauth",
    issuer_aliases=("https://www.linkedin.com",),
    endpoints=Endpoints(
        authorization="https://www.linkedin.com/oauth/v2/authorization",
        token="https://www.linkedin.com/oauth/v2/accessToken",
        userinfo="https://api.linkedin.com/v2/userinfo",
        jwks="https://www.linkedin.com/oauth/openid/jwks",
    ),
    keys=KeySource.JWKS,
    algorithms=("RS256",),
    required_scopes=("openid",),
    pkce=False,
    nonce=False,
    declines=("access_denied", "user_cancelled_login", "user_cancelled_authorize"),
    email_trust=when_verified(),
)
