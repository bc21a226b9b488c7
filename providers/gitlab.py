"""GitLab.com (OpenID Connect). An address counts as verified: an unconfirmed one is not given."""

from ciam.federation.provider import Endpoints, KeySource, Provider, when_verified

PROVIDER = Provider(
    key="gitlab",
    name={"": "GitLab"},
    issuer="https://gitlab.com",
    endpoints=Endpoints(
        authorization="https://gitlab.com/oauth/authorize",
        token="https://gitlab.com/oauth/token",
        userinfo="https://gitlab.com/oauth/userinfo",
        jwks="https://gitlab.com/oauth/discovery/keys",
    ),
    keys=KeySource.JWKS,
    algorithms=("RS256",),
    required_scopes=("openid",),
    email_trust=when_verified(),
)
