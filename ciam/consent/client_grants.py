"""What a customer allows an app, standing: given on a screen, narrowed, removed.

Removing an app ends all its tokens; withdrawing a purpose narrows (`withdrawal.py`); revoking a
token leaves consent as it is. Three different acts. A stored grant is never widened silently.
"""

from collections.abc import Iterable
from uuid import UUID

from ciam.consent import subjects, trace
from ciam.consent.purposes import Purpose, list_purposes
from ciam.consent.receipts import write_receipt
from ciam.consent.screens import Screen
from ciam.storage import UnitOfWork
from ciam.storage.stores.client_grants import ClientGrant
from ciam.storage.stores.clients import Client
from ciam.storage.stores.customers import Customer
from ciam.storage.stores.receipts import GIVEN, PURPOSE, WITHDRAWN, ConsentState

REMOVED = "client_removed"


async def find_grant(transaction: UnitOfWork, customer: UUID, client: UUID) -> ClientGrant | None:
    """Give what a customer allows a client now; None when nothing, or no longer."""
    grant = await transaction.client_grants.find(customer, client)
    return None if grant is None or grant.removed_at is not None else grant


async def lock_grant(transaction: UnitOfWork, customer: UUID, client: UUID) -> ClientGrant | None:
    """Give the grant and hold it while something is issued under it; None when it has ended."""
    grant = await transaction.client_grants.lock(customer, client)
    return None if grant is None or grant.removed_at is not None else grant


async def missing_scopes(
    transaction: UnitOfWork, customer: UUID, client: Client, asked: Iterable[str]
) -> frozenset[str]:
    """Give what a client asks and has not been allowed, i.e. what the consent page is for.

    Scopes that rest on a purpose the customer said no to are left out: they get nothing, and the
    customer is not asked at every sign-in.
    """
    grant = await find_grant(transaction, customer, client.id)
    missing = frozenset(asked) - (grant.scopes if grant else frozenset())
    if not missing:
        return missing
    return missing - await _refused_scopes(transaction, customer, client)


async def give_grant(
    transaction: UnitOfWork,
    customer: UUID,
    client: Client,
    scopes: Iterable[str],
    *,
    screen: Screen | None,
    via_client: UUID | None = None,
) -> ClientGrant:
    """Allow a client these scopes besides those it has; the receipt names what was decided.

    Scopes that rest on a purpose without consent stay out. Without a screen (our own apps, which
    need no consent page) there is no receipt, for nobody consented.
    """
    person = await _lock_customer(transaction, customer)
    grant = await transaction.client_grants.lock(customer, client.id)
    if grant is None:
        await transaction.client_grants.insert_new(customer, client.id)
        grant = await transaction.client_grants.lock(customer, client.id)
    if grant is None:
        raise LookupError("no such client grant")
    given = frozenset(scopes) - await _withheld_scopes(transaction, customer, client)
    before = frozenset[str]() if grant.removed_at is not None else grant.scopes
    if given <= before and grant.removed_at is None and screen is None:
        return grant
    changed = await transaction.client_grants.set_scopes(grant, before | given, narrower=False)
    if screen is not None:
        subject = subjects.of_client(client, grant.id, before | given, screen.language)
        await write_receipt(
            transaction, person, subject, GIVEN, screen=screen, via_client=via_client
        )
    return changed


async def narrow_grant(
    transaction: UnitOfWork, customer: UUID, client: Client, scopes: Iterable[str]
) -> ClientGrant | None:
    """Take scopes from a client; what was issued with them dies. None: nothing was allowed."""
    await _lock_customer(transaction, customer)
    grant = await lock_grant(transaction, customer, client.id)
    dropped = frozenset(scopes)
    if grant is None or not dropped & grant.scopes:
        return grant
    await trace.narrowed(transaction, customer, client.client_id, scopes=sorted(dropped))
    return await transaction.client_grants.set_scopes(grant, grant.scopes - dropped, narrower=True)


async def remove_grant(
    transaction: UnitOfWork, customer: UUID, client: Client, *, screen: Screen
) -> bool:
    """Remove an app: nothing is allowed any more and all its tokens die. False: it was gone."""
    person = await _lock_customer(transaction, customer)
    grant = await lock_grant(transaction, customer, client.id)
    if grant is None or not await transaction.client_grants.remove(grant.id):
        return False
    await transaction.authorizations.revoke_for_grant(grant.id, REMOVED)
    subject = subjects.of_client(client, grant.id, grant.scopes, screen.language)
    await write_receipt(transaction, person, subject, WITHDRAWN, screen=screen)
    return True


def holds(purpose: Purpose, states: Iterable[ConsentState]) -> ConsentState | None:
    """Give the state in which a customer consents to a purpose now, or None."""
    for state in states:
        if state.subject_kind == PURPOSE and state.subject == purpose.purpose:
            is_given = state.state == GIVEN and state.version in purpose.accepted_versions
            return state if is_given else None
    return None


async def _governing(transaction: UnitOfWork, client: Client) -> list[Purpose]:
    return [
        purpose
        for purpose in await list_purposes(transaction)
        if purpose.needs_consent
        and purpose.document.scopes
        and purpose.is_for(client.client_id, client.recipient_kind)
    ]


async def _withheld_scopes(
    transaction: UnitOfWork, customer: UUID, client: Client
) -> frozenset[str]:
    """Give the scopes of APIs whose purpose has no consent now."""
    governing = await _governing(transaction, client)
    if not governing:
        return frozenset()
    states = await transaction.receipts.list_states(customer)
    governed = {scope for purpose in governing for scope in purpose.document.scopes}
    held = {
        scope
        for purpose in governing
        if holds(purpose, states)
        for scope in purpose.document.scopes
    }
    return frozenset(governed - held)


async def _refused_scopes(
    transaction: UnitOfWork, customer: UUID, client: Client
) -> frozenset[str]:
    """Give the withheld scopes whose every purpose was answered in the version in force."""
    withheld = await _withheld_scopes(transaction, customer, client)
    if not withheld:
        return withheld
    answered = {
        state.subject: state.version
        for state in await transaction.receipts.list_states(customer)
        if state.subject_kind == PURPOSE
    }
    open_scopes = {
        scope
        for purpose in await _governing(transaction, client)
        if answered.get(purpose.purpose) not in purpose.accepted_versions
        for scope in purpose.document.scopes
    }
    return withheld - open_scopes


async def _lock_customer(transaction: UnitOfWork, customer: UUID) -> Customer:
    person = await transaction.customers.lock(customer)
    if person is None:
        raise LookupError("no such customer")
    return person
