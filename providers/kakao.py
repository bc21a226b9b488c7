"""Kakao Login (OpenID Connect).

The address comes only by a consent item that has to be applied for; the person may change it, so it
is worth no more than what was typed. With other items the name is there too.
"""

from ciam.federation.provider import (
    EmailTrust,
    Endpoints,
    KeySource,
    Provider,
    always,
)

PROVIDER = Provider(
    key="kakao",
    name={"": "Kakao", "ja": "カカオ", "ko": "카카오"},
    issuer="https://kauth.kakao.com",
    endpoints=Endpoints(
        authorization="https://kauth.kakao.com/oauth/authorize",
        token="https://kauth.kakao.com/oauth/token",
        userinfo="https://kapi.kakao.com/v1/oidc/userinfo",
        jwks="https://kauth.kakao.com/.well-known/jwks.json",
    ),
    keys=KeySource.JWKS,
    algorithms=("RS256",),
    scopes=("openid", "profile_nickname"),
    required_scopes=("openid",),
    fresh={"prompt": "login"},
    email_trust=always(EmailTrust.ASSERTED),
    claims={"name": "name", "nickname": "nickname", "picture": "picture", "gender": "gender"},
)
