"""The first proof of an address removes what had been attached to it without proof.

Somebody else may have made the account beforehand and left a way in (the five classes of
pre-hijacked accounts, arXiv 2205.10174). What comes from a trusted import belongs to its owner and
stays. Where another address of the same account was proven before, the account is somebody else's:
whoever proves this one does not get into it, and the address is free from then on.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.customers.credentials import CredentialChanged, end_access
from ciam.customers.identifiers import PHONE
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
    if not _is_trusted(identifier):
        _check_is_first(transaction, identifier, others)
        for other in others:
            await transaction.identifiers.remove(other.id)
        await _remove_ways_in(transaction, customer)
    await transaction.identifiers.mark_verified(identifier.id)
    kind = EventKind.PHONE_VERIFIED if identifier.kind == PHONE else EventKind.EMAIL_VERIFIED
    await record(transaction, kind, actor=Actor.customer(customer), customer=customer)


async def prove_without_password(
    transaction: UnitOfWork, identifier: Identifier, *, keep_journey: UUID
) -> None:
    """Note a proof that brings no new password; at the first of all the old one ends too.

    So do sessions, tokens, trusted devices and whatever is pending: none was the owner's.
    """
    if identifier.verified_at is not None:
        return
    customer = identifier.customer
    await transaction.customers.lock(customer)
    others = await transaction.identifiers.list_for(customer)
    if not _is_trusted(identifier):
        _check_is_first(transaction, identifier, others)
        password = await transaction.authenticators.find_password(customer)
        if password is not None:
            await transaction.authenticators.remove(password.id)
        await end_access(
            transaction, customer, reason="first_proof_of_address", keep_journey=keep_journey
        )
    await note_proof(transaction, identifier)


def _check_is_first(
    transaction: UnitOfWork, identifier: Identifier, others: Iterable[Identifier]
) -> None:
    """Raise CredentialChanged where somebody proved another address of the account before."""
    if all(one.verified_at is None for one in others):
        return

    async def let_go(again: UnitOfWork) -> None:
        await again.identifiers.remove(identifier.id)

    transaction.on_refusal(let_go)
    raise CredentialChanged("the address was put on somebody else's account without proof")


def _is_trusted(identifier: Identifier) -> bool:
    return identifier.source.startswith(_TRUSTED)


async def _remove_ways_in(transaction: UnitOfWork, customer: UUID) -> None:
    for authenticator in await transaction.authenticators.list_for(customer):
        if authenticator.method != PASSWORD:
            await transaction.authenticators.remove(authenticator.id)
    await transaction.recovery_codes.remove_all(customer)
    for identity in await transaction.external_identities.list_for(customer):
        await transaction.external_identities.unlink(identity.id)
    await transaction.link_undos.void_for(customer)  # none of them may come back
