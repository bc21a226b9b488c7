"""Facebook Login (OAuth 2 and the Graph API).

No ID token on the web: `/me` says who it is, and every request carries `appsecret_proof`, so that a
stolen access token is of no use elsewhere. Ids are of this app alone. An address may be absent, and
nothing says that it was verified.
"""

import hashlib
import hmac
from collections.abc import Mapping

from ciam.federation.provider import EmailTrust, Endpoints, Option, Provider, always


def _proof(access_token: str, client_secret: str) -> Mapping[str, str]:
    digest = hmac.new(client_secret.encode(), access_token.encode(), hashlib.sha256)
    return {"appsecret_proof": digest.hexdigest()}


PROVIDER = Provider(
    key="facebook",
    name={"": "Facebook"},
    issuer="https://www.facebook.com",
    endpoints=Endpoints(
        authorization="https://www.facebook.com/{version}/dialog/oauth",
        token="https://graph.facebook.com/{version}/oauth/access_token",
        userinfo="https://graph.facebook.com/{version}/me"
        "?fields=id,name,first_name,last_name,email,picture",
    ),
    scopes=("public_profile", "email"),
    required_scopes=("public_profile",),
    scope_separator=",",
    options={"version": Option(r"v\d{1,2}\.\d", "v24.0")},
    fresh={"auth_type": "reauthenticate"},
    userinfo_proof=_proof,
    subject="id",
    email_trust=always(EmailTrust.ASSERTED),
    claims={
        "name": "name",
        "given_name": "first_name",
        "family_name": "last_name",
        "picture": "picture.data.url",
    },
)
