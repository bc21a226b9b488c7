"""The API as a protected resource: its identifier, and the scopes that open it (RFC 9728 §2).

The audience of a token follows from its scopes (RFC 9068 §3): a scope of the API makes the token
one for the API, as `openid` makes it one for UserInfo. So a token for one opens nothing of the
other, and a stolen token of an app that never asked for the API is no use there.
"""

from typing import Any, Final

API_PATH: Final = "/api/v1"
RESOURCE_METADATA: Final = f"/.well-known/oauth-protected-resource{API_PATH}"

ACCOUNT_PROFILE: Final = "account:profile"
ACCOUNT_CONSENTS: Final = "account:consents"
ACCOUNT_SESSIONS: Final = "account:sessions"
ACCOUNT_AUTHENTICATORS: Final = "account:authenticators"

ACCOUNT_SCOPES: Final = frozenset(
    {ACCOUNT_PROFILE, ACCOUNT_CONSENTS, ACCOUNT_SESSIONS, ACCOUNT_AUTHENTICATORS}
)
"""What a customer lets an app do with their own account."""

CUSTOMERS_READ: Final = "customers:read"
CUSTOMERS_WRITE: Final = "customers:write"
CONSENTS_READ: Final = "consents:read"
CONSENTS_WRITE: Final = "consents:write"

SERVICE_SCOPES: Final = frozenset({CUSTOMERS_READ, CUSTOMERS_WRITE, CONSENTS_READ, CONSENTS_WRITE})
"""What an operator lets a service do for itself (`client_credentials`), asked of no customer."""

_API_SCOPES: Final = ACCOUNT_SCOPES | SERVICE_SCOPES


def api_of(issuer: str) -> str:
    """Give the resource identifier of the API, which is the audience of its tokens."""
    return issuer + API_PATH


def resources_for(scopes: frozenset[str], issuer: str) -> tuple[str, ...]:
    """Give our own protected resources that these scopes open, UserInfo aside."""
    return (api_of(issuer),) if scopes & _API_SCOPES else ()


def make_resource_metadata(issuer: str) -> dict[str, Any]:
    """Describe the API to a client that holds no token yet (RFC 9728 §2)."""
    return {
        "resource": api_of(issuer),
        "authorization_servers": [issuer],
        "scopes_supported": sorted(_API_SCOPES),
        "bearer_methods_supported": ["header"],
        "resource_documentation": f"{api_of(issuer)}/docs",
    }
