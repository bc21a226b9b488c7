"""What a family may still have: what was approved, less what the customer withdrew since."""

from ciam.oauth.errors import InvalidGrant
from ciam.storage.stores.authorizations import Authorization


def still_granted(family: Authorization, asked: frozenset[str]) -> frozenset[str]:
    """Leave out what was withdrawn, read under the lock; raise InvalidGrant if nothing is left."""
    scopes = asked & family.scopes & family.granted_scopes
    if asked and not scopes:
        raise InvalidGrant(cause="the customer withdrew all that was asked for")
    return scopes
