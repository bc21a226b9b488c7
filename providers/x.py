"""X (OAuth 2 with PKCE, API v2).

Not OpenID Connect: `/2/users/me` says who it is. `tweet.read` is needed or the request fails. The
address comes as `confirmed_email` where the app was approved for it and the person has one.
"""

from ciam.federation.provider import (
    ClientAuthentication,
    EmailTrust,
    Endpoints,
    Provider,
    always,
    find_value,
)

PROVIDER = Provider(
    key="x",
    name={"": "X"},
    issuer="https://x.com",
    endpoints=Endpoints(
        authorization="https://x.com/i/oauth2/authorize",
        token="https://api.x.com/2/oauth2/token",
        userinfo="https://api.x.com/2/users/me?user.fields=confirmed_email,profile_image_url",
    ),
    scopes=("tweet.read", "users.read", "users.email"),
    required_scopes=("tweet.read", "users.read"),
    client_authentication=ClientAuthentication.BASIC,
    subject="data.id",
    find_email=lambda claims: find_value(claims, "data.confirmed_email"),
    email_trust=always(EmailTrust.VERIFIED),
    claims={
        "name": "data.name",
        "nickname": "data.username",
        "picture": "data.profile_image_url",
    },
)
