"""TikTok Login Kit for the web (like OAuth 2, not quite).

The client is named by `client_key`, scopes are separated by commas, and a person may grant only
some of them: without `user.info.basic` there is no profile, and who it is comes from the token
response. There is never an address.
"""

from ciam.federation.provider import EmailTrust, Endpoints, Provider, always

PROVIDER = Provider(
    key="tiktok",
    name={"": "TikTok"},
    issuer="https://www.tiktok.com",
    endpoints=Endpoints(
        authorization="https://www.tiktok.com/v2/auth/authorize/",
        token="https://open.tiktokapis.com/v2/oauth/token/",
        userinfo="https://open.tiktokapis.com/v2/user/info/?fields=open_id,avatar_url,display_name",
    ),
    scopes=("user.info.basic",),
    scope_separator=",",
    client_id_parameter="client_key",
    pkce=False,  # the web flow has none; that of desktop apps is not RFC 7636
    token_claims=("open_id",),
    userinfo_scope="user.info.basic",
    subject="open_id",
    email_trust=always(EmailTrust.NONE),
    claims={"nickname": "data.user.display_name", "picture": "data.user.avatar_url"},
)
