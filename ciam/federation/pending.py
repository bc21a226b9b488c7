"""An identity that is proven and not yet anybody's: how a sealed journey carries it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from ciam.federation.identity import EmailTrust, ProvenIdentity

if TYPE_CHECKING:
    from collections.abc import Mapping

FRESH: Final = timedelta(minutes=10)
"""So long after the sign-in at the provider it may be linked to an account that exists.

The link is one act: both sides are proven, and the question is answered, within this time.
"""


def to_document(identity: ProvenIdentity) -> dict[str, Any]:
    """Give what is sealed."""
    return {
        "connection": identity.connection,
        "issuer": identity.issuer,
        "subject": identity.subject,
        "email": identity.email,
        "email_trust": identity.email_trust.value,
        "claims": dict(identity.claims),
        "proven_at": identity.proven_at.isoformat(),
    }


def from_document(kept: Mapping[str, Any]) -> ProvenIdentity:
    """Read what `to_document` gave."""
    return ProvenIdentity(
        connection=kept["connection"],
        issuer=kept["issuer"],
        subject=kept["subject"],
        email=kept["email"],
        email_trust=EmailTrust(kept["email_trust"]),
        claims=dict(kept["claims"]),
        proven_at=datetime.fromisoformat(kept["proven_at"]),
        auth_time=None,
    )


def is_fresh(identity: ProvenIdentity, now: datetime) -> bool:
    """Whether the proof is new enough for a link to an account that exists."""
    return now < fresh_until(identity)


def fresh_until(identity: ProvenIdentity) -> datetime:
    """Until when the proof is new enough for that."""
    return identity.proven_at + FRESH


def label_of(identity: ProvenIdentity) -> str:
    """Give what its owner knows it by: the address there, else the name."""
    name = identity.claims.get("name") or identity.claims.get("nickname") or ""
    return identity.email or name
