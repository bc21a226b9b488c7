"""Withdrawing a purpose: as easy as giving it, and closed with the commit.

The grants of the apps that receive data for it become narrower and their epoch rises, so access
tokens issued before die at our endpoints at once; a refresh goes on with less. Other lawful bases
are not consent and cannot be withdrawn.
"""

from collections.abc import Mapping
from uuid import UUID

from ciam.consent import trace
from ciam.consent.purposes import Purpose
from ciam.consent.scope_claims import CONSENTS, claims_of
from ciam.customers.definitions import load_schema
from ciam.storage import UnitOfWork
from ciam.storage.stores.client_grants import ClientGrant


async def narrow_for(transaction: UnitOfWork, customer: UUID, purpose: Purpose) -> None:
    """Narrow every grant that rests on a purpose; the caller holds the customer's lock."""
    added = (await load_schema(transaction)).added
    for grant in await transaction.client_grants.list_for(customer):
        client = await transaction.clients.get(grant.client)
        if not purpose.is_for(client.client_id, client.recipient_kind):
            continue
        if not _rests_on(grant, purpose, added):
            continue
        held = await transaction.client_grants.lock(customer, grant.client)
        if held is None or held.removed_at is not None:
            continue
        await transaction.client_grants.set_scopes(
            held, held.scopes - set(purpose.document.scopes), narrower=True
        )
        await trace.narrowed(transaction, customer, client.client_id, purpose=purpose.key)


def _rests_on(grant: ClientGrant, purpose: Purpose, added: Mapping[str, str]) -> bool:
    return (
        CONSENTS in grant.scopes
        or bool(grant.scopes.intersection(purpose.document.scopes))
        or any(purpose.governs(claim) for claim in claims_of(grant.scopes, added))
    )
