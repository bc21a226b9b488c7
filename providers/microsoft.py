"""Microsoft: Entra ID of every organisation, and personal accounts (OpenID Connect).

The issuer holds the tenant of the person, and the key is that tenant and `oid`. `email` can be
changed by any administrator of any tenant (nOAuth): it is verified only where `xms_edov` says so.
"""

import re
from collections.abc import Mapping

from ciam.federation.provider import (
    Claims,
    EmailTrust,
    Endpoints,
    KeySource,
    Option,
    Provider,
    is_true,
)

_GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"


def _issuer(claims: Claims, options: Mapping[str, str]) -> str:
    found, tenant = str(claims.get("tid", "")), options["tenant"]
    is_personal = found == _PERSONAL
    is_let_in = (
        tenant in {"common", found}
        or (tenant == "organizations" and not is_personal)
        or (tenant == "consumers" and is_personal)
    )
    if not re.fullmatch(_GUID, found) or not is_let_in:
        message = "a tenant that this connection does not let in"
        raise ValueError(message)
    return f"https://login.microsoftonline.com/{found}/v2.0"


def _trust(claims: Claims, _email: str) -> EmailTrust:
    is_checked = is_true(claims.get("xms_edov")) or claims.get("xms_edov") in {1, "1"}
    return EmailTrust.VERIFIED if is_checked else EmailTrust.ASSERTED


PROVIDER = Provider(
    key="microsoft",
    name={"": "Microsoft"},
    issuer=None,
    issuer_of=_issuer,
    endpoints=Endpoints(
        authorization="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
        token="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        jwks="https://login.microsoftonline.com/{tenant}/discovery/v2.0/keys",
    ),
    keys=KeySource.JWKS,
    algorithms=("RS256",),
    required_scopes=("openid",),
    options={"tenant": Option(rf"common|organizations|consumers|{_GUID}", "common")},
    fresh={"prompt": "login"},
    subject="oid",
    email_trust=_trust,
)
