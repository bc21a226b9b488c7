"""What a provider says only at the first login: Apple's `user`, kept before anything can fail.

It is no proof: it is unsigned. It is given to an identity only when it came with the same answer,
or from the same browser about the same address.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ciam.federation.catalogue import get_provider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ciam.federation.identity import ProvenIdentity
    from ciam.storage import UnitOfWork
    from ciam.storage.stores.connections import Connection
    from ciam.storage.stores.federation_states import FederationState

KEPT: Final = timedelta(days=7)
_EMAIL: Final = "email"


async def keep_first_login(
    transaction: UnitOfWork,
    connection: Connection,
    begun: FederationState,
    answer: Mapping[str, str],
) -> None:
    """Keep what an answer says only once, if it does."""
    read = get_provider(connection.provider).first_login
    claims = {} if read is None else dict(read(answer))
    if claims:
        await transaction.first_logins.keep(
            begun.id,
            connection=connection.key,
            browser_hash=begun.browser_hash,
            claims=claims,
            expires_at=transaction.clock.now() + KEPT,
        )


async def with_first_login(
    transaction: UnitOfWork, begun: FederationState, identity: ProvenIdentity
) -> ProvenIdentity:
    """Give the identity with the claims that are kept for it; what it says itself comes first."""
    kept = await transaction.first_logins.list_for(
        identity.connection,
        browser_hash=begun.browser_hash,
        issuer=identity.issuer,
        subject=identity.subject,
    )
    for one in kept:
        is_same_address = identity.email is not None and one.claims.get(_EMAIL) == identity.email
        if one.is_known or one.state == begun.id or is_same_address:
            await transaction.first_logins.attach(
                one.id, issuer=identity.issuer, subject=identity.subject
            )
            said = {name: value for name, value in one.claims.items() if name != _EMAIL}
            return replace(identity, claims={**said, **identity.claims})
    return identity
