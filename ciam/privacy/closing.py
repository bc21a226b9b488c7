"""Closing one's account: every way in ends, every consent is taken back, in one commit.

The record stays, disabled: a closed account can be opened again by the people who run this, and
what the law wants kept is kept. Erasing it is another act.
"""

from typing import Final
from uuid import UUID

from ciam.audit.trail import Actor
from ciam.consent.client_grants import holds, remove_grant
from ciam.consent.decisions import record_decisions
from ciam.consent.purposes import list_purposes
from ciam.consent.questions import Decisions
from ciam.consent.screens import Screen
from ciam.customers.customer import disable_customer
from ciam.customers.identifiers import PHONE
from ciam.customers.security_notices import write_owner
from ciam.messaging.messages import AccountClosed
from ciam.messaging.short_messages import ClosedAccount
from ciam.storage import UnitOfWork

REASON: Final = "closed by the customer"


async def close_account(transaction: UnitOfWork, customer: UUID, *, screen: Screen) -> bool:
    """Close an account and tell every proven address; False when it was not open."""
    person = await transaction.customers.lock(customer)
    if person is None or not person.is_active:
        return False
    states = await transaction.receipts.list_states(customer)
    held = {
        purpose.id: False
        for purpose in await list_purposes(transaction)
        if purpose.needs_consent and holds(purpose, states)
    }
    await record_decisions(transaction, customer, Decisions(frozenset(), held), screen=screen)
    for grant in await transaction.client_grants.list_for(customer):
        client = await transaction.clients.get(grant.client)
        await remove_grant(transaction, customer, client, screen=screen)
    await _let_go_of_numbers(transaction, customer)
    await disable_customer(transaction, customer, REASON, actor=Actor.customer(customer))
    await write_owner(
        transaction,
        customer,
        AccountClosed(when=transaction.clock.now()),
        ClosedAccount(),
        language=person.language,
    )
    return True


async def _let_go_of_numbers(transaction: UnitOfWork, customer: UUID) -> None:
    """Free the numbers: carriers give them to others, who could never register with them.

    An address stays: nobody else gets it. Who is let in again has the number again if it is free
    (`ciam.customers.customer.enable_customer`).
    """
    for identifier in await transaction.identifiers.list_for(customer):
        if identifier.kind == PHONE and identifier.is_login:
            await transaction.identifiers.release(identifier.id)
