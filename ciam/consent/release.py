"""Release: the only way a claim leaves, by whatever channel.

A claim goes out when it was asked for, its scope is granted and still allowed by the customer, and
no purpose that governs it for this recipient lacks consent. What goes out stands in the ledger: the
first time in this transaction, before the reply; repeats are counted and written in batches.

Statements of a repeated release: grant, states, attributes, customer, data key, identifiers; none
of them writes.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ciam.consent.bases import Bases
from ciam.consent.client_grants import find_grant
from ciam.consent.known_claims import load_claims
from ciam.consent.purposes import list_purposes
from ciam.consent.scope_claims import CONSENTS, claims_of
from ciam.customers.definitions import load_schema
from ciam.storage import Database, UnitOfWork
from ciam.storage.ledger_counts import DisclosureKey
from ciam.storage.stores.clients import Client

ClaimsRequest = Mapping[str, Any]
"""The member of the `claims` parameter for this channel: claim name -> None or its conditions."""


@dataclass(frozen=True, slots=True)
class Released:
    """What may leave, and the rows of the ledger that say so."""

    claims: dict[str, Any]
    entries: tuple[DisclosureKey, ...]


async def release(
    transaction: UnitOfWork,
    *,
    customer: UUID,
    client: Client,
    scopes: frozenset[str],
    claims: ClaimsRequest | None,
    channel: str,
) -> dict[str, Any]:
    """Give the claims that may leave, and write them to the ledger, in a unit of work that writes.

    `scopes` are those of the token or request. A claim asked for by name (OIDC Core §5.5) goes out
    when the customer's grant covers it, although `scopes` may not.
    """
    released = await decide_release(
        transaction, customer=customer, client=client, scopes=scopes, claims=claims, channel=channel
    )
    await note_release(transaction, released)
    return released.claims


async def release_reading(
    database: Database,
    *,
    customer: UUID,
    client: Client,
    scopes: frozenset[str],
    claims: ClaimsRequest | None,
    channel: str,
) -> dict[str, Any]:
    """Release on a read-only unit of work; only a first release opens one that writes.

    For UserInfo and APIs, where nearly every call repeats an earlier one.
    """

    async def decide(transaction: UnitOfWork) -> Released:
        return await decide_release(
            transaction,
            customer=customer,
            client=client,
            scopes=scopes,
            claims=claims,
            channel=channel,
        )

    return (await send_reading(database, decide)).claims


async def send_reading(
    database: Database, decide: Callable[[UnitOfWork], Awaitable[Released]]
) -> Released:
    """Send what `decide` lets leave, deciding anew where the ledger has to be written first."""
    async with database.read() as reading:
        released = await decide(reading)
    counts = database.ledger_counts
    if all(counts.is_known(entry) for entry in released.entries):
        for entry in released.entries:
            counts.repeat(entry, database.clock.now())
        return released
    async with database.write() as writing:
        released = await decide(writing)
        await note_release(writing, released)
    return released


async def decide_release(
    transaction: UnitOfWork,
    *,
    customer: UUID,
    client: Client,
    scopes: frozenset[str],
    claims: ClaimsRequest | None,
    channel: str,
) -> Released:
    """Decide what may leave without writing it down; whoever sends it calls `note_release`."""
    grant = await find_grant(transaction, customer, client.id)
    if grant is None:
        return Released({}, ())
    schema = await load_schema(transaction)
    by_scope = claims_of(scopes & grant.scopes, schema.added)
    by_name = frozenset(claims or ())
    named = {claim.partition("#")[0] for claim in by_name}
    wanted = by_scope | (claims_of(grant.scopes, schema.added) & named)
    if not wanted:
        return Released({}, ())
    bases = Bases(
        client,
        grant,
        await list_purposes(transaction),
        await transaction.receipts.list_states(customer),
        schema,
    )
    return await _decide(
        transaction, customer, bases, wanted, by_name=by_name, by_scope=by_scope, channel=channel
    )


async def decide_service_release(
    transaction: UnitOfWork,
    *,
    customer: UUID,
    client: Client,
    claims: frozenset[str],
    channel: str,
) -> Released:
    """Decide what a service may have that asks for itself, by `client_credentials`.

    There is no grant: each claim needs a purpose with this recipient that holds, or a recipient on
    our own side and no purpose that governs the claim.
    """
    bases = Bases(
        client,
        None,
        await list_purposes(transaction),
        await transaction.receipts.list_states(customer),
        await load_schema(transaction),
    )
    return await _decide(
        transaction,
        customer,
        bases,
        claims,
        by_name=frozenset(),
        by_scope=claims,
        channel=channel,
    )


async def decide_record_release(
    transaction: UnitOfWork, *, customer: UUID, client: Client, scope: str, item: str, channel: str
) -> Released | None:
    """Decide whether a record that is no claim (sessions, receipts) may leave under a scope.

    None: the customer does not allow it (any more).
    """
    grant = await find_grant(transaction, customer, client.id)
    if grant is None or scope not in grant.scopes:
        return None
    states = await transaction.receipts.list_states(customer)
    basis = Bases(client, grant, (), states).of(item)
    if basis is None:
        return None
    return Released({}, (DisclosureKey(customer, client.id, (item,), basis, channel),))


async def _decide(
    transaction: UnitOfWork,
    customer: UUID,
    bases: Bases,
    wanted: frozenset[str],
    *,
    by_name: frozenset[str],
    by_scope: frozenset[str],
    channel: str,
) -> Released:
    allowed = {claim: basis for claim in wanted if (basis := bases.of(claim)) is not None}
    values = await load_claims(transaction, customer, {*allowed} - {CONSENTS})
    values = {
        claim: value
        for claim, value in values.items()
        if (claim in by_name or claim.partition("#")[0] in by_scope) and bases.allows_name(claim)
    }
    if CONSENTS in allowed:
        values[CONSENTS] = bases.consents()
    items: defaultdict[UUID, list[str]] = defaultdict(list)
    for claim in values:
        items[allowed[claim.partition("#")[0]]].append(claim)
    return Released(
        values,
        tuple(
            DisclosureKey(customer, bases.client.id, tuple(sorted(names)), basis, channel)
            for basis, names in sorted(items.items())  # alike everywhere, so none wait in a ring
        ),
    )


async def note_release(transaction: UnitOfWork, released: Released) -> None:
    """Write to the ledger what leaves; what is known to stand there is only counted."""
    counts = transaction.ledger_counts
    for entry in released.entries:
        if counts.is_known(entry):
            counts.repeat(entry, transaction.clock.now())
        elif await transaction.disclosures.note(entry):
            counts.remember(entry)


async def flush_ledger(database: Database) -> int:
    """Write the counted repeats of this process; give how many rows. For a job, each few seconds.

    When the database cannot take them they wait for the next time.
    """
    counts = database.ledger_counts
    taken = counts.take()
    if not taken:
        return 0
    try:
        async with database.write() as transaction:
            gone = await transaction.disclosures.add_repeats(taken)
    except BaseException:
        counts.give_back(taken)
        raise
    for entry in gone:
        counts.forget(entry)
    return len(taken) - len(gone)
