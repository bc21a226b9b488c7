"""Google (OpenID Connect).

An address is Google's own only at gmail.com or in a hosted domain (`hd`); any other was verified
once and may have changed hands since.
"""

from ciam.federation.provider import (
    Claims,
    EmailTrust,
    Endpoints,
    KeySource,
    Provider,
    is_true,
)


def _trust(claims: Claims, email: str) -> EmailTrust:
    if not is_true(claims.get("email_verified")):
        return EmailTrust.ASSERTED
    is_googles = email.lower().endswith("@gmail.com") or bool(claims.get("hd"))
    return EmailTrust.AUTHORITATIVE if is_googles else EmailTrust.VERIFIED


PROVIDER = Provider(
    key="google",
    name={"": "Google"},
    issuer="https://accounts.google.com",
    issuer_aliases=("accounts.google.com",),
    endpoints=Endpoints(
        authorization="https://accounts.google.com/o/oauth2/v2/auth",
        token="https://oauth2.googleapis.com/token",
        jwks="https://www.googleapis.com/oauth2/v3/certs",
    ),
    keys=KeySource.JWKS,
    algorithms=("RS256",),
    required_scopes=("openid",),
    fresh={"prompt": "select_account"},  # Google cannot be asked for a new sign-in
    email_trust=_trust,
)
