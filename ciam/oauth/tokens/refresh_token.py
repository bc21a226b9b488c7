"""Refresh tokens: families with rotation, a grace for lost replies, and death on replay.

RFC 9700 §4.14.2. The successor of a token is HMAC(server key, family, generation, token), so a
client whose reply was lost, or twenty parallel requests of it, get the very same successor again
without anything secret being stored. Who holds the token could compute nothing without the server
key.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from ciam.identifiers import hash_secret, is_same, new_secret
from ciam.sealing import SealingKey, keyed_hash

if TYPE_CHECKING:
    from uuid import UUID

    from ciam.storage import UnitOfWork
    from ciam.storage.stores.authorizations import Authorization, StoredRefreshToken


async def issue_first(transaction: UnitOfWork, family: Authorization) -> str:
    """Issue the first refresh token of a family."""
    token = new_secret("rt")
    await _keep(transaction, family, token, generation=0)
    return token


async def issue_successor(transaction: UnitOfWork, stored: StoredRefreshToken, token: str) -> str:
    """Issue the next generation; the caller has claimed the rotation of `token`."""
    key = transaction.keys.refresh.newest
    successor = derive_successor(key, stored.authorization.id, stored.generation + 1, token)
    await _keep(transaction, stored.authorization, successor, generation=stored.generation + 1)
    return successor


async def recompute_successor(
    transaction: UnitOfWork, stored: StoredRefreshToken, token: str
) -> str | None:
    """Give the successor issued before, under whichever key it was; None when there is none."""
    for key in transaction.keys.refresh.keys.values():
        successor = derive_successor(key, stored.authorization.id, stored.generation + 1, token)
        found = await transaction.authorizations.find_refresh_token(successor)
        if found is not None and is_same(found.token_hash, hash_secret(successor)):
            return successor
    return None


def derive_successor(key: SealingKey, family: UUID, generation: int, token: str) -> str:
    """Compute the successor of a token."""
    digest = keyed_hash(key, family.bytes, str(generation), token)
    return "ciam_rt_" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


async def _keep(
    transaction: UnitOfWork, family: Authorization, token: str, *, generation: int
) -> None:
    lifetime = (await transaction.policies.get()).tokens.refresh_token
    await transaction.authorizations.add_refresh_token(
        token,
        family=family.id,
        generation=generation,
        expires_at=min(transaction.clock.now() + lifetime, family.expires_at),
    )
