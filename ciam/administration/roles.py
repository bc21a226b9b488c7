"""Roles: what an operator may do. A role has permissions, an endpoint needs one; nothing else.

What a role has no permission for does not exist for it: the answer is 404, not 403 (D-12).
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from ciam.texts import Text


class Permission(StrEnum):
    """One thing that can be done in the console and by the admin API."""

    SIGNED_IN = "signed_in"
    """What every operator has: the first page, signing out, confirming who one is."""
    CUSTOMERS_SEE = "customers.see"
    CUSTOMERS_REVEAL = "customers.reveal"
    CUSTOMERS_CHANGE = "customers.change"
    CUSTOMERS_INVITE = "customers.invite"
    CLIENTS_SEE = "clients.see"
    CLIENTS_CHANGE = "clients.change"
    CONSENT_SEE = "consent.see"
    CONSENT_CHANGE = "consent.change"
    AUDIT_SEE = "audit.see"
    OPERATORS_SEE = "operators.see"
    OPERATORS_CHANGE = "operators.change"


OWNER: Final = "owner"
SUPPORT: Final = "support"
VIEWER: Final = "viewer"

ROLES: Final[dict[str, frozenset[Permission]]] = {
    OWNER: frozenset(Permission),
    SUPPORT: frozenset(
        {
            Permission.SIGNED_IN,
            Permission.CUSTOMERS_SEE,
            Permission.CUSTOMERS_REVEAL,
            Permission.CUSTOMERS_CHANGE,
            Permission.CUSTOMERS_INVITE,
            Permission.CONSENT_SEE,
        }
    ),
    VIEWER: frozenset(
        {
            Permission.SIGNED_IN,
            Permission.CLIENTS_SEE,
            Permission.CONSENT_SEE,
            Permission.AUDIT_SEE,
            Permission.OPERATORS_SEE,
        }
    ),
}
"""Owner does everything; support helps customers; viewer audits and sees no customer."""

TITLES: Final[dict[str, Text]] = {
    OWNER: Text("Owner"),
    SUPPORT: Text("Support"),
    VIEWER: Text("Auditor"),
}
DUTIES: Final[dict[str, Text]] = {
    OWNER: Text("Everything, and who is an operator."),
    SUPPORT: Text("Finds customers and helps them; sees no audit log and no settings."),
    VIEWER: Text("Reads apps, consent and the audit log; sees no customer and changes nothing."),
}


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """Give everything that these roles together may do."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))
