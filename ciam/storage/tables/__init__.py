"""Every table of the database, one module for each subject; declarations without behaviour.

Importing this package fills `metadata`, which is what migrations are compared with.
"""

from ciam.storage.tables import (
    api,
    audit,
    clients,
    config,
    consent,
    customers,
    email_changes,
    federation,
    grants,
    invitations,
    journeys,
    keys,
    linking,
    operators,
    outbox,
    passkeys,
    phone_changes,
    protection,
    risk,
    sessions,
    sms,
)
from ciam.storage.tables.metadata import metadata

__all__ = [
    "api",
    "audit",
    "clients",
    "config",
    "consent",
    "customers",
    "email_changes",
    "factor_recoveries",
    "federation",
    "grants",
    "invitations",
    "journeys",
    "keys",
    "linking",
    "metadata",
    "operators",
    "outbox",
    "passkeys",
    "phone_changes",
    "protection",
    "risk",
    "sessions",
    "sms",
]
