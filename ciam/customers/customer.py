"""The customer: made by the first proof, disabled and enabled by an operator."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.customers.attributes import Who
from ciam.customers.credentials import end_access
from ciam.customers.definitions import load_schema
from ciam.customers.identifiers import EMAIL, PHONE, USERNAME, parse_email
from ciam.customers.peppers import find_version
from ciam.customers.phones import PhoneNumber
from ciam.customers.usernames import UserName
from ciam.errors import FormRefused, Refusal
from ciam.storage import UnitOfWork
from ciam.storage.stores.authenticators import PASSWORD
from ciam.storage.stores.customers import ACTIVE, DISABLED, Customer
from ciam.texts import Text


class AddressTaken(Refusal):
    """Another customer signs in with this address or number: the caller answers, it is not shown.

    Nothing was written. `customer` is who has it.
    """

    code = "address_taken"

    def __init__(self, customer: UUID | None) -> None:
        """Take who has the address; None when they let go of it in the same moment."""
        super().__init__("another customer signs in with this address")
        self.customer = customer


async def create_customer(  # noqa: PLR0913 - all of a customer, each part by its name
    transaction: UnitOfWork,
    *,
    email: str | None,
    email_verified_at: datetime | None,
    password_hash: str | None,
    attributes: Mapping[str, Any],
    language: str,
    source: str,
    actor: Actor | None = None,
    reason: str | None = None,
    phone: PhoneNumber | None = None,
    phone_verified_at: datetime | None = None,
    username: UserName | None = None,
    who: Who | None = None,
) -> Customer:
    """Make a customer with all that belongs to them, or nothing of it (C-04).

    `attributes` goes by claim name; `actor` is an operator who gave a `reason`, else the customer
    themselves; `who` writes the attributes, where that is to be checked. Raise AddressTaken when
    another customer signs in with the address or number, and FormRefused for a user name that is
    taken or a value that does not fit; all leave nothing behind, also when the caller goes on with
    the same transaction.
    """
    schema = await load_schema(transaction)
    wanted = schema.read_values(attributes, who=who, today=transaction.clock.now().date())
    address = None if email is None else parse_email(email)
    names = [
        (EMAIL, address, email_verified_at),
        (PHONE, phone, phone_verified_at),
        (USERNAME, username, None),
    ]
    async with transaction.savepoint():
        customer = await transaction.customers.insert_new(language=language)
        for kind, name, verified_at in names:
            if name is None:
                continue
            added = await transaction.identifiers.add(
                customer.id,
                kind,
                name.address,
                source=source,
                verified_at=verified_at,
                login=name.lookup,
            )
            if added is None and kind == USERNAME:
                raise username_taken()
            if added is None:
                holder = await transaction.identifiers.find_login(name.lookup)
                raise AddressTaken(holder.customer if holder else None)
        if password_hash is not None:
            await transaction.authenticators.add(
                customer.id,
                PASSWORD,
                secret=password_hash.encode(),
                pepper_version=find_version(password_hash),
            )
        for (attribute, tag), value in wanted.items():
            if value is not None:
                await transaction.attributes.put(customer.id, attribute, tag, value, source=source)
        await record(
            transaction,
            EventKind.CUSTOMER_CREATED,
            actor=actor or Actor.customer(customer.id),
            customer=customer.id,
            source=source,
            **({} if reason is None else {"reason": reason}),
        )
    return customer


def username_taken() -> FormRefused:
    """Make the refusal of a user name that another customer has: it can only be said."""
    return FormRefused(
        "another customer has the user name",
        errors={"username": Text("This user name is taken. Please choose another one.")},
    )


async def disable_customer(
    transaction: UnitOfWork, customer: UUID, reason: str, *, actor: Actor
) -> bool:
    """Bar a customer from signing in and end what they had; False when they were not active."""
    await transaction.customers.lock(customer)
    if not await transaction.customers.set_state(customer, DISABLED, was=ACTIVE):
        return False
    await end_access(transaction, customer, reason="customer_disabled")
    await record(
        transaction, EventKind.CUSTOMER_DISABLED, actor=actor, customer=customer, reason=reason
    )
    return True


async def enable_customer(
    transaction: UnitOfWork, customer: UUID, reason: str, *, actor: Actor
) -> bool:
    """Let a disabled customer sign in again; what was ended stays ended."""
    if not await transaction.customers.set_state(customer, ACTIVE, was=DISABLED):
        return False
    await _take_numbers_again(transaction, customer)
    await record(
        transaction, EventKind.CUSTOMER_ENABLED, actor=actor, customer=customer, reason=reason
    )
    return True


async def _take_numbers_again(transaction: UnitOfWork, customer: UUID) -> None:
    """Sign in with the numbers again that a closed account let go of, where they are free.

    One that somebody else has by now goes altogether: no code may be sent there any more.
    """
    for one in await transaction.identifiers.list_for(customer):
        is_own = one.verified_at is not None and one.source in {"account", "sign_up"}
        if one.kind != PHONE or one.is_login or not is_own:
            continue
        if not await transaction.identifiers.restore(one.id, one.value):
            await transaction.identifiers.remove(one.id)
