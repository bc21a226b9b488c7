"""d account (NTT docomo, OpenID Connect): a template, since its manuals come with a contract.

The connection says issuer, endpoints and algorithm, as the manual has them. Nothing is known of how
far an address can be trusted, so it is worth no more than what was typed.
"""

from ciam.federation.provider import EmailTrust, KeySource, Provider, always

PROVIDER = Provider(
    key="daccount",
    name={"": "d account", "ja": "dアカウント"},
    issuer=None,
    endpoints=None,
    keys=KeySource.JWKS,
    algorithms=("RS256",),
    scopes=("openid",),
    required_scopes=("openid",),
    email_trust=always(EmailTrust.ASSERTED),
)
