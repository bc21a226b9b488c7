"""The first proof of an address removes what had been attached to it without proof.

Somebody else may have made the account beforehand and left a way in (the five classes of
pre-hijacked accounts, arXiv 2205.10174). Where anything was proven before, or the account comes
from a trusted import, what is there belongs to its owner and stays.
"""

from typing import Final
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.storage import UnitOfWork
from ciam.storage.stores.authenticators import PASSWORD
from ciam.storage.stores.identifiers import Identifier

_TRUSTED: Final = "import:"


async def note_proof(transaction: UnitOfWork, identifier: Identifier) -> None:
    """Note that an address was proven; at the first proof of all, remove what nobody proved.

    The caller has replaced the password and ended sessions, tokens and devices in this same
    transaction (`ciam.customers.credentials.change_password`).
    """
    if identifier.verified_at is not None:
        return
    customer = identifier.customer
    others = [
        one for one in await transaction.identifiers.list_for(customer) if one.id != identifier.id
    ]
    is_first = all(one.verified_at is None for one in others)
    if is_first and not identifier.source.startswith(_TRUSTED):
        for other in others:
            await transaction.identifiers.remove(other.id)
        await _remove_ways_in(transaction, customer)
    await transaction.identifiers.mark_verified(identifier.id)
    await record(
        transaction, EventKind.EMAIL_VERIFIED, actor=Actor.customer(customer), customer=customer
    )


async def _remove_ways_in(transaction: UnitOfWork, customer: UUID) -> None:
    for authenticator in await transaction.authenticators.list_for(customer):
        if authenticator.method != PASSWORD:
            await transaction.authenticators.remove(authenticator.id)
    await transaction.recovery_codes.remove_all(customer)
    for identity in await transaction.external_identities.list_for(customer):
        await transaction.external_identities.unlink(identity.id)
