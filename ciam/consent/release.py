"""Release: the only way a claim leaves, by whatever channel.

A claim goes out when it was asked for, its scope is granted and still allowed by the customer, and
no purpose that governs it for this recipient lacks consent. What goes out stands in the ledger: the
first time in this transaction, before the reply; repeats are counted and written in batches.

Statements of a repeated release: grant, states, attributes, customer, data key, identifiers; none
of them writes.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ciam.consent.client_grants import find_grant, holds
from ciam.consent.known_claims import NAME_PARTS, load_claims
from ciam.consent.purposes import Purpose, list_purposes
from ciam.consent.scope_claims import CONSENTS, claims_of
from ciam.storage import Database, UnitOfWork
from ciam.storage.ledger_counts import DisclosureKey
from ciam.storage.stores.client_grants import ClientGrant
from ciam.storage.stores.clients import Client
from ciam.storage.stores.receipts import CLIENT, GIVEN, PURPOSE, ConsentState

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
    async with database.read() as reading:
        released = await decide_release(
            reading, customer=customer, client=client, scopes=scopes, claims=claims, channel=channel
        )
    counts = database.ledger_counts
    if all(counts.is_known(entry) for entry in released.entries):
        for entry in released.entries:
            counts.repeat(entry, database.clock.now())
        return released.claims
    async with database.write() as writing:
        return await release(
            writing, customer=customer, client=client, scopes=scopes, claims=claims, channel=channel
        )


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
    by_scope = claims_of(scopes & grant.scopes)
    by_name = frozenset(claims or ())
    named = {claim.partition("#")[0] for claim in by_name}
    wanted = by_scope | (claims_of(grant.scopes) & named)
    if not wanted:
        return Released({}, ())
    states = await transaction.receipts.list_states(customer)
    bases = _Bases(client, grant, await list_purposes(transaction), states)
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
            DisclosureKey(customer, client.id, tuple(sorted(names)), basis, channel)
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


@dataclass(frozen=True, slots=True)
class _Bases:
    """On which decision each claim rests, for one customer and one recipient."""

    client: Client
    grant: ClientGrant
    purposes: tuple[Purpose, ...]
    states: list[ConsentState]

    def of(self, claim: str) -> UUID | None:
        """Give the receipt (or grant) that a claim may leave on, or None.

        One purpose that holds is enough. Without any that governs it, the grant is the basis.
        """
        governing = [
            purpose
            for purpose in self.purposes
            if purpose.governs(claim)
            and purpose.is_for(self.client.client_id, self.client.recipient_kind)
        ]
        for purpose in governing:
            if not purpose.needs_consent:
                return self._grant_basis()
            state = holds(purpose, self.states)
            if state is not None:
                return state.receipt
        return None if governing else self._grant_basis()

    def allows_name(self, claim: str) -> bool:
        """Refuse a full name when one of its parts may not leave."""
        return claim.partition("#")[0] != "name" or all(self.of(part) for part in NAME_PARTS)

    def consents(self) -> list[dict[str, str]]:
        """Give the states of the purposes this recipient has to do with."""
        by_purpose = {
            state.subject: state for state in self.states if state.subject_kind == PURPOSE
        }
        found = []
        for purpose in self.purposes:
            state = by_purpose.get(purpose.purpose)
            if state is None or not self._concerns(purpose):
                continue
            is_stale = state.state == GIVEN and state.version not in purpose.accepted_versions
            found.append(
                {
                    "purpose": purpose.key,
                    "state": "expired" if is_stale else state.state,
                    "since": state.since.isoformat(),
                }
            )
        return found

    def _concerns(self, purpose: Purpose) -> bool:
        return self.client.recipient_kind == "ourselves" or purpose.is_for(
            self.client.client_id, self.client.recipient_kind
        )

    def _grant_basis(self) -> UUID:
        """Give the receipt of the grant; our own apps have none, there it is the grant itself."""
        for state in self.states:
            is_grant = state.subject_kind == CLIENT and state.subject == self.client.id
            if is_grant and state.state == GIVEN:
                return state.receipt
        return self.grant.id
