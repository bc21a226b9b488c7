"""Naver Login (OAuth 2).

What may be read is chosen where the app is registered, so there are no scopes. The token endpoint
wants the `state` too. Errors are answered with 200. The address is a contact address that the
person may change.
"""

from ciam.federation.provider import (
    EmailTrust,
    Endpoints,
    Provider,
    always,
    find_value,
)

PROVIDER = Provider(
    key="naver",
    name={"": "Naver", "ko": "네이버"},
    issuer="https://nid.naver.com",
    endpoints=Endpoints(
        authorization="https://nid.naver.com/oauth2.0/authorize",
        token="https://nid.naver.com/oauth2.0/token",
        userinfo="https://openapi.naver.com/v1/nid/me",
    ),
    scopes=(),
    fresh={"auth_type": "reauthenticate"},
    pkce=False,
    state_at_token=True,
    subject="response.id",
    find_email=lambda claims: find_value(claims, "response.email"),
    email_trust=always(EmailTrust.ASSERTED),
    claims={
        "name": "response.name",
        "nickname": "response.nickname",
        "picture": "response.profile_image",
    },
)
