"""From what a provider says to who it is: subject, address and its worth, claims by our names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ciam.clock import from_epoch_seconds
from ciam.federation.backchannel import Refused
from ciam.federation.identity import EmailTrust, ProvenIdentity
from ciam.federation.provider import find_value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ciam.federation.provider import Claims
    from ciam.federation.site import Site

_LONGEST_SUBJECT: Final = 255
_LONGEST_ADDRESS: Final = 254
_LONGEST_CLAIM: Final = 1000


def read_identity(site: Site, claims: Claims, *, now: datetime) -> ProvenIdentity:
    """Give the identity; raise Refused when the claims name nobody."""
    email, trust = _read_email(site, claims)
    return ProvenIdentity(
        connection=site.connection.key,
        issuer=site.issuer_for(claims),
        subject=_read_subject(find_value(claims, site.provider.subject)),
        email=email,
        email_trust=trust,
        claims=_read_claims(site.provider.claims, claims),
        proven_at=now,
        auth_time=read_auth_time(claims),
    )


def read_auth_time(claims: Claims) -> datetime | None:
    """Give when the person signed in there, if the provider says so (OIDC Core §2)."""
    value = claims.get("auth_time")
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return from_epoch_seconds(value)
    except (OverflowError, ValueError, OSError):
        return None


def _read_subject(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refused("no subject")
    subject = str(value)
    if not subject.strip() or len(subject) > _LONGEST_SUBJECT:
        raise Refused("no subject")
    return subject


def _read_email(site: Site, claims: Claims) -> tuple[str | None, EmailTrust]:
    found = site.provider.find_email(claims)
    if not isinstance(found, str) or "@" not in found or len(found) > _LONGEST_ADDRESS:
        return None, EmailTrust.NONE
    trust = site.provider.email_trust(claims, found)
    trust = trust.at_most(EmailTrust(site.connection.email_trust))
    return (None, trust) if trust is EmailTrust.NONE else (found, trust)


def _read_claims(names: Mapping[str, str], claims: Claims) -> dict[str, str]:
    found: dict[str, Any] = {ours: find_value(claims, theirs) for ours, theirs in names.items()}
    return {
        ours: value.strip()
        for ours, value in found.items()
        if isinstance(value, str) and value.strip() and len(value) <= _LONGEST_CLAIM
    }
