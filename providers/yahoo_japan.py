"""Yahoo! JAPAN ID (YConnect v2, OpenID Connect); not the US Yahoo.

Without `bail=1` somebody who declines is sent to Yahoo's top page and never comes back. UserInfo
lives on another host. `sub` is a GUID or a PPID, and its form may change: nothing is read into it.
"""

from ciam.federation.provider import (
    OPENID_CLAIMS,
    ClientAuthentication,
    Endpoints,
    KeySource,
    Provider,
    when_verified,
)

_KANA = "ja-Kana-JP"

PROVIDER = Provider(
    key="yahoo_japan",
    name={"": "Yahoo! JAPAN"},
    issuer="https://auth.login.yahoo.co.jp/yconnect/v2",
    endpoints=Endpoints(
        authorization="https://auth.login.yahoo.co.jp/yconnect/v2/authorization",
        token="https://auth.login.yahoo.co.jp/yconnect/v2/token",
        userinfo="https://userinfo.yahooapis.jp/yconnect/v2/attribute",
        jwks="https://auth.login.yahoo.co.jp/yconnect/v2/jwks",
    ),
    keys=KeySource.JWKS,
    algorithms=("RS256",),
    required_scopes=("openid",),
    client_authentication=ClientAuthentication.BASIC,
    parameters={"bail": "1"},
    fresh={"prompt": "login"},
    email_trust=when_verified(),
    claims={
        **{name: name for name in OPENID_CLAIMS if name != "birthdate"},  # only the year is given
        f"family_name#{_KANA}": f"family_name#{_KANA}",
        f"given_name#{_KANA}": f"given_name#{_KANA}",
    },
)
