"""Refresh tokens: a family of generations, each the successor of the one before (RFC 9700 §4.14.2).

A rotated token may be asked again for a short grace, because replies get lost. The successor is
then recomputed and not stored: HMAC over key version, family, generation and the presented token.
So the database holds nothing that could be replayed, and all who ask within the grace get the same.

The decision for a presented token, in this order:

    superseded  within the grace  successor is the live leaf  ->
    no                                                        rotated or used again
    yes         yes               yes                         the same successor
    yes         otherwise                                     replay: the whole family dies
"""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from ciam.audit import trail
from ciam.audit.events import EventKind
from ciam.audit.trail import Actor
from ciam.identifiers import hash_secret, is_same, new_secret
from ciam.oauth.errors import InvalidGrant
from ciam.sealing import SealingKey, keyed_hash
from ciam.storage import UnitOfWork
from ciam.storage.stores.authorizations import Authorization
from ciam.storage.stores.clients import Client
from ciam.storage.stores.refresh_tokens import StoredRefreshToken

PREFIX: Final = "ciam_rt_"
REPLAYED: Final = "refresh_replayed"


@dataclass(frozen=True, slots=True)
class Renewed:
    """The refresh token a client goes on with, and how it came to it."""

    token: str = field(repr=False)
    how: str


async def issue_first(transaction: UnitOfWork, family: Authorization) -> str:
    """Give the first token of a family (1 INSERT)."""
    token = new_secret("rt")
    expires_at = await _expiry(transaction, family)
    await transaction.refresh_tokens.add(
        token, family=family.id, generation=0, expires_at=expires_at
    )
    return token


async def renew(
    transaction: UnitOfWork, client: Client, presented: str, found: StoredRefreshToken
) -> Renewed:
    """Rotate a token, let it live on, or give its successor again; raise InvalidGrant.

    The caller found it with `to_issue`, so its row is held. Statements: rotate 2, use again 1,
    within the grace 1.
    """
    now = transaction.clock.now()
    if found.superseded_at is not None:
        return Renewed(await _successor_again(transaction, client, presented, found), "again")
    if found.expires_at <= now:
        raise InvalidGrant(cause="the refresh token has expired")
    family = found.authorization
    expires_at = await _expiry(transaction, family)
    if not client.rotates_refresh_tokens:
        await transaction.refresh_tokens.extend(presented, expires_at)
        return Renewed(presented, "kept")
    if not await transaction.refresh_tokens.supersede(presented):
        raise InvalidGrant(cause="the refresh token was rotated meanwhile")
    key = transaction.keys.refresh.newest
    successor = successor_of(key, family.id, found.generation, presented)
    if not await transaction.refresh_tokens.add(
        successor, family=family.id, generation=found.generation + 1, expires_at=expires_at
    ):
        raise InvalidGrant(cause="this generation of the family exists already")
    return Renewed(successor, "rotated")


def successor_of(key: SealingKey, family: UUID, generation: int, presented: str) -> str:
    """Compute the token that follows `presented`, which is of this generation."""
    mac = keyed_hash(key, "refresh", str(key.version), family.bytes, str(generation), presented)
    return PREFIX + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


async def _successor_again(
    transaction: UnitOfWork, client: Client, presented: str, found: StoredRefreshToken
) -> str:
    """Recompute the successor within the grace; everything else is a replay."""
    family = found.authorization
    grace = (await transaction.policies.get()).tokens.refresh_grace
    is_in_grace = (
        found.superseded_at is not None and transaction.clock.now() < found.superseded_at + grace
    )
    if is_in_grace:
        leaf = await transaction.refresh_tokens.find_successor(family.id, found.generation)
        if leaf is not None and leaf.superseded_at is None:
            # the key may have been rotated since: the stored hash tells under which it was made
            for key in transaction.keys.refresh.keys.values():
                successor = successor_of(key, family.id, found.generation, presented)
                if is_same(hash_secret(successor), leaf.token_hash):
                    return successor
    generation = found.generation

    async def end_family(again: UnitOfWork) -> None:
        if await again.authorizations.revoke(family.id, REPLAYED):
            await trail.record(
                again,
                EventKind.TOKEN_REPLAYED,
                actor=Actor.client(client.client_id),
                customer=family.customer,
                client=client.client_id,
                authorization=str(family.id),
                token="refresh_token",
                generation=generation,
            )

    transaction.on_refusal(end_family)
    raise InvalidGrant(cause="a rotated refresh token came again: the family is revoked")


async def _expiry(transaction: UnitOfWork, family: Authorization) -> datetime:
    policy = (await transaction.policies.get()).tokens
    return min(transaction.clock.now() + policy.refresh_token, family.expires_at)
