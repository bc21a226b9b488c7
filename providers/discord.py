"""Discord (OAuth 2): `/users/@me` says who it is, and whether the address was verified."""

from ciam.federation.provider import Endpoints, Provider, when_verified

PROVIDER = Provider(
    key="discord",
    name={"": "Discord"},
    issuer="https://discord.com",
    endpoints=Endpoints(
        authorization="https://discord.com/oauth2/authorize",
        token="https://discord.com/api/oauth2/token",
        userinfo="https://discord.com/api/users/@me",
    ),
    scopes=("identify", "email"),
    required_scopes=("identify",),
    subject="id",
    email_trust=when_verified("verified"),
    claims={"nickname": "global_name", "locale": "locale"},
)
