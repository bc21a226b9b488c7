"""Who might be signing in, looked up with the same statements whether there is anybody or not."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.authentication.names import accepted_kinds
from ciam.storage import UnitOfWork
from ciam.storage.stores.authenticators import Authenticator
from ciam.storage.stores.customer_keys import CustomerKeyDestroyed
from ciam.storage.stores.customers import Customer
from ciam.storage.stores.identifiers import Identifier

_NOBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What stands behind a sign-in name; `id` is nobody's when nothing does."""

    id: UUID
    identifier: Identifier | None = field(repr=False)
    customer: Customer | None
    password: Authenticator | None = field(repr=False)

    @property
    def is_active(self) -> bool:
        """Whether there is a customer who may sign in."""
        return self.customer is not None and self.customer.is_active

    @property
    def stored_password(self) -> str | None:
        """The stored password of a customer who may sign in."""
        if not self.is_active or self.password is None or self.password.secret is None:
            return None
        return self.password.secret.decode()


async def find_candidate(transaction: UnitOfWork, login: str) -> Candidate:
    """Give who signs in with a name (its lookup form), of a kind that the policy accepts."""
    identifier = await transaction.identifiers.find_login(login)
    accepted = accepted_kinds((await transaction.policies.get()).names)
    if identifier is not None and identifier.kind not in accepted:
        identifier = None
    customer = _NOBODY if identifier is None else identifier.customer
    if identifier is None:
        await _ask_for_nobodys_key(transaction)
    return Candidate(
        customer,
        identifier,
        await transaction.customers.find(customer),
        await transaction.authenticators.find_password(customer),
    )


async def record_about(
    transaction: UnitOfWork, kind: EventKind, candidate: Candidate, **details: str
) -> UUID:
    """Write an event of somebody who has proven nothing, about whom they named."""
    known = candidate.identifier is not None
    if not known:
        await _ask_for_nobodys_key(transaction)
    return await record(
        transaction,
        kind,
        actor=Actor.anyone(),
        customer=candidate.id if known else None,
        **details,
    )


async def _ask_for_nobodys_key(transaction: UnitOfWork) -> None:
    """Ask for a key that is not there, as the key of a customer would be asked for."""
    with suppress(CustomerKeyDestroyed):
        await transaction.customer_keys.get(_NOBODY)
