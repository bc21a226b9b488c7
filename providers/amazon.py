"""Login with Amazon (OAuth 2).

The profile endpoint says who it is; `user_id` is the same for all apps of one company. Nothing says
that an address was verified. Each part of the world has its own hosts.
"""

from ciam.federation.provider import EmailTrust, Endpoints, Option, Provider, always

PROVIDER = Provider(
    key="amazon",
    name={"": "Amazon"},
    issuer="https://www.amazon.com",
    endpoints=Endpoints(
        authorization="https://www.{domain}/ap/oa",
        token="https://api.{domain}/auth/o2/token",
        userinfo="https://api.{domain}/user/profile",
    ),
    scopes=("profile",),
    required_scopes=("profile",),
    options={"domain": Option(r"amazon\.(com|co\.uk|co\.jp)", "amazon.co.jp")},
    subject="user_id",
    email_trust=always(EmailTrust.ASSERTED),
    claims={"name": "name"},
)
