"""Scopes: how they are written, and which of them mean what (RFC 6749 §3.3, OIDC Core §5.4)."""

import re
from collections.abc import Iterable
from typing import Final

from ciam.oauth.errors import InvalidScope
from ciam.oauth.resources import ACCOUNT_SCOPES, SERVICE_SCOPES

OPENID: Final = "openid"
OFFLINE_ACCESS: Final = "offline_access"
CONSENTS: Final = "consents"

OF_CUSTOMERS: Final = ACCOUNT_SCOPES | {
    OPENID,
    "profile",
    "email",
    "address",
    "phone",
    OFFLINE_ACCESS,
    CONSENTS,
}
"""Scopes that only a customer can grant; a client's own token never carries one."""

OF_SERVICES: Final = SERVICE_SCOPES
"""Scopes that only a client itself can have; no customer is asked to grant one."""

_TOKEN: Final = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")


def parse_scope(text: str) -> frozenset[str]:
    """Give the scopes of a space-delimited list; raise InvalidScope when it is malformed."""
    names = text.split(" ")
    if not all(_TOKEN.fullmatch(name) for name in names):
        raise InvalidScope("the scope is malformed")
    return frozenset(names)


def write_scope(scopes: Iterable[str]) -> str:
    """Give scopes as a list, `openid` first, the rest in order."""
    return " ".join(sorted(scopes, key=lambda scope: (scope != OPENID, scope)))
