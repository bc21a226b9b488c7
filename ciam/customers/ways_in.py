"""The ways in that a customer has: the last one is never taken away."""

from uuid import UUID

from ciam.storage import UnitOfWork
from ciam.storage.stores.authenticators import PASSWORD
from ciam.storage.stores.passkeys import PASSKEY

_ENOUGH_ALONE = frozenset({PASSWORD, PASSKEY})


async def has_other_way_in(transaction: UnitOfWork, customer: UUID, without: UUID) -> bool:
    """Tell whether a customer could still sign in without one authenticator or linked login.

    A mailed code alone does not count: who loses the mailbox too would be locked out. The caller
    holds the customer's lock, so that two removals cannot each count on the other's.
    """
    enrolled = await transaction.authenticators.list_for(customer)
    if any(one.method in _ENOUGH_ALONE and one.id != without for one in enrolled):
        return True
    linked = await transaction.external_identities.list_for(customer)
    return any(one.id != without for one in linked)
