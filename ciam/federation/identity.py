"""Who a provider says somebody is: (issuer, subject), never the e-mail address (OIDC Core §5.7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


class EmailTrust(StrEnum):
    """What an e-mail address given by a provider is worth."""

    AUTHORITATIVE = "authoritative"
    """The provider runs the domain's mailboxes: nobody else can have the address."""
    VERIFIED = "verified"
    """The provider has checked the address at some time."""
    ASSERTED = "asserted"
    """The provider repeats what was typed; anybody can have typed it."""
    RELAY = "relay"
    """Mails arrive, but the address is made for us alone and matches nobody."""
    NONE = "none"
    """There is no address, or it must not be used."""

    def at_most(self, limit: "EmailTrust") -> "EmailTrust":
        """Give this trust, or the limit where that is lower: no setting can raise it."""
        return min(self, limit, key=_RANK.__getitem__)


_RANK: Final = {
    EmailTrust.NONE: 0,
    EmailTrust.RELAY: 1,
    EmailTrust.ASSERTED: 2,
    EmailTrust.VERIFIED: 3,
    EmailTrust.AUTHORITATIVE: 4,
}


@dataclass(frozen=True, slots=True)
class ProvenIdentity:
    """A person as a provider has just proven them to us.

    connection   the key of the connection the proof came by
    issuer       with `subject` the key; for Microsoft the tenant stands in it
    claims       by the names of OIDC Core §5.1, language tags after `#`; unproven, for prefilling
    proven_at    when we verified it
    auth_time    when the person last authenticated there, if the provider says so
    """

    connection: str
    issuer: str
    subject: str = field(repr=False)
    email: str | None = field(repr=False)
    email_trust: EmailTrust
    claims: Mapping[str, str] = field(repr=False)
    proven_at: datetime
    auth_time: datetime | None
