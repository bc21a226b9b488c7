"""LINE Login v2.1 (OpenID Connect).

A web login is answered with an ID token signed HS256 by the channel secret, without `kid`, although
discovery promises ES256: so HS256 and the secret is all that is taken here. An address needs a
permission of its own and is not verified. Users differ by LINE "provider": keep all channels under
one.
"""

from ciam.federation.provider import (
    EmailTrust,
    Endpoints,
    KeySource,
    Provider,
    always,
)

PROVIDER = Provider(
    key="line",
    name={"": "LINE"},
    issuer="https://access.line.me",
    endpoints=Endpoints(
        authorization="https://access.line.me/oauth2/v2.1/authorize",
        token="https://api.line.me/oauth2/v2.1/token",
    ),
    keys=KeySource.CLIENT_SECRET,
    algorithms=("HS256",),
    scopes=("openid", "profile"),
    required_scopes=("openid",),
    fresh={"prompt": "login", "max_age": "300"},  # max_age makes LINE say auth_time
    says_auth_time=True,
    email_trust=always(EmailTrust.ASSERTED),
    claims={"nickname": "name", "picture": "picture"},  # a display name, not a legal one
)
