"""Sign in with Apple (OpenID Connect, with extras).

Name and address are only given with `form_post`. The client secret is an ES256 JWT that we mint.
The name comes once, in an unsigned form field `user`. Booleans may be strings. An address of the
private relay is made for us alone: mails arrive, it matches nobody.
"""

import json
from collections.abc import Mapping

from ciam.federation.provider import (
    Claims,
    ClientAuthentication,
    EmailTrust,
    Endpoints,
    KeySource,
    Option,
    Provider,
    is_true,
)


def _trust(claims: Claims, email: str) -> EmailTrust:
    if is_true(claims.get("is_private_email")) or email.endswith("@privaterelay.appleid.com"):
        return EmailTrust.RELAY
    is_verified = is_true(claims.get("email_verified"))
    return EmailTrust.VERIFIED if is_verified else EmailTrust.ASSERTED


def _first_login(answer: Mapping[str, str]) -> Mapping[str, str]:
    try:
        user = json.loads(answer.get("user", "{}"))
        name = user.get("name", {})
        said = {
            "given_name": name.get("firstName"),
            "family_name": name.get("lastName"),
            "email": user.get("email"),
        }
    except (ValueError, AttributeError):
        return {}
    return {claim: value for claim, value in said.items() if isinstance(value, str) and value}


PROVIDER = Provider(
    key="apple",
    name={"": "Apple"},
    issuer="https://appleid.apple.com",
    endpoints=Endpoints(
        authorization="https://appleid.apple.com/auth/authorize",
        token="https://appleid.apple.com/auth/token",
        jwks="https://appleid.apple.com/auth/keys",
    ),
    keys=KeySource.JWKS,
    algorithms=("RS256",),
    scopes=("name", "email"),
    client_authentication=ClientAuthentication.MINTED,
    minted_audience="https://appleid.apple.com",
    options={"team_id": Option(r"[A-Z0-9]{10}"), "key_id": Option(r"[A-Z0-9]{10}")},
    parameters={"response_mode": "form_post"},
    declines=("access_denied", "user_cancelled_authorize"),
    email_trust=_trust,
    claims={},  # the ID token holds no name
    first_login=_first_login,
)
