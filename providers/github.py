"""GitHub (OAuth 2).

Login names are given to others again, so the key is the numeric `id`. The address on the profile is
free text: the primary, verified one comes from `/user/emails`. Errors are answered with 200.
"""

from ciam.federation.provider import Claims, EmailTrust, Endpoints, Provider, always


def _primary(claims: Claims) -> object:
    emails = claims.get("emails")
    for one in emails if isinstance(emails, list) else []:
        if isinstance(one, dict) and one.get("primary") is True and one.get("verified") is True:
            return one.get("email")
    return None


PROVIDER = Provider(
    key="github",
    name={"": "GitHub"},
    issuer="https://github.com",
    endpoints=Endpoints(
        authorization="https://github.com/login/oauth/authorize",
        token="https://github.com/login/oauth/access_token",
        userinfo="https://api.github.com/user",
        further={"emails": "https://api.github.com/user/emails"},
    ),
    scopes=("read:user", "user:email"),
    required_scopes=("user:email",),
    subject="id",
    find_email=_primary,
    email_trust=always(EmailTrust.VERIFIED),
    claims={"name": "name", "nickname": "login", "picture": "avatar_url"},
)
