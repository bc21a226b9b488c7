"""What this server can do, for clients that ask (RFC 8414; OpenID Connect Discovery 1.0 §3).

Every list is made from the list that the server itself works with, so nothing is promised that is
not there.
"""

from typing import Any, Final

from ciam.consent.scope_claims import CLAIMS_OF_SCOPE
from ciam.keys.signing import NEEDED
from ciam.oauth.authorization.check_prompt import PROMPT_VALUES
from ciam.oauth.authorization.check_response import RESPONSE_MODES, RESPONSE_TYPES
from ciam.oauth.client_authentication import METHODS
from ciam.oauth.grants import GRANTS
from ciam.oauth.pkce import METHOD
from ciam.oauth.resources import api_of
from ciam.oauth.scopes import OF_CUSTOMERS, OF_SERVICES
from ciam.sessions.levels import REACHABLE

ENDPOINTS: Final = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "userinfo_endpoint": "/userinfo",
    "jwks_uri": "/jwks.json",
    "introspection_endpoint": "/introspect",
    "revocation_endpoint": "/revoke",
    "end_session_endpoint": "/end-session",
    "authorization_challenge_endpoint": "/authorize-challenge",
}

_OF_THE_ID_TOKEN: Final = (
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "at_hash",
    "sid",
)


def make_metadata(issuer: str, languages: tuple[str, ...]) -> dict[str, Any]:
    """Give the metadata of the server at this issuer, the same document for both specifications."""
    authenticating = [method for method in METHODS if method != "none"]
    released = sorted({claim for claims in CLAIMS_OF_SCOPE.values() for claim in claims})
    return {
        "issuer": issuer,
        **{name: issuer + path for name, path in ENDPOINTS.items()},
        "scopes_supported": sorted(
            OF_CUSTOMERS | OF_SERVICES, key=lambda scope: (scope != "openid", scope)
        ),
        "protected_resources": [api_of(issuer)],
        "response_types_supported": list(RESPONSE_TYPES),
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": list(GRANTS),
        "code_challenge_methods_supported": [METHOD],
        "prompt_values_supported": list(PROMPT_VALUES),
        "acr_values_supported": list(REACHABLE),
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": sorted(
            algorithm for use, algorithm in NEEDED if use == "tokens"
        ),
        "token_endpoint_auth_methods_supported": list(METHODS),
        "introspection_endpoint_auth_methods_supported": authenticating,
        "revocation_endpoint_auth_methods_supported": list(METHODS),
        "claim_types_supported": ["normal"],
        "claims_supported": [*_OF_THE_ID_TOKEN, *released],
        "ui_locales_supported": list(languages),
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "require_request_uri_registration": False,
        "authorization_response_iss_parameter_supported": True,
    }
