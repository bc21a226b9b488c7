"""One customer as the console shows them: masked, until one value is revealed for a reason (D-09).

Opening a customer writes one event for each operator session and customer: who was seen by whom.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from ciam.administration.attribute_catalogue import may_operators_read
from ciam.administration.sign_in import Desk
from ciam.audit.events import EventKind
from ciam.audit.trail import pseudonym_of, record
from ciam.consent.client_grants import holds
from ciam.consent.purposes import list_purposes
from ciam.customers.attributes import Schema
from ciam.customers.definitions import load_schema
from ciam.customers.identifiers import EMAIL, mask_email, normalise_login
from ciam.customers.profile import Profile, read_profile
from ciam.sessions.trusted_devices import list_trusted
from ciam.storage import UnitOfWork
from ciam.storage.stores.customers import ERASED, MERGED, Customer
from ciam.storage.stores.identifiers import Identifier

HIDDEN: Final = "•••"
_SEEN: Final = "operator saw"
_EVENTS: Final = 20
_RISKS: Final = 10
_SHOWN_DIGITS: Final = 2
_CUSTOMER_ID: Final = re.compile(r"cus_[0-9a-z]{1,36}")


@dataclass(frozen=True, slots=True)
class Field:
    """One value, masked. `key` names it for `reveal`."""

    key: str
    kind: str
    masked: str
    source: str
    is_login: bool
    verified_at: datetime | None
    since: datetime


@dataclass(frozen=True, slots=True)
class WayIn:
    """Something the customer signs in with; `detail` is the provider of a linked login."""

    method: str
    detail: str | None
    since: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class SeenSession:
    """Where the customer is signed in; the address shows its network only."""

    id: UUID
    user_agent: str
    place: str
    began_at: datetime
    seen_at: datetime
    amr: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RememberedDevice:
    """Where the customer is not asked for the second factor."""

    id: UUID
    user_agent: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class WaitingRecovery:
    """A request to go on without a lost second factor: since when, and from when that is done."""

    since: datetime
    ready_at: datetime
    until: datetime
    device: str


@dataclass(frozen=True, slots=True)
class JudgedSignIn:
    """How a sign-in was judged; `signals` are those that spoke, with their weights."""

    when: datetime
    verdict: str
    mode: str
    score: int
    country: str | None
    signals: dict[str, int]
    has_signed_in: bool


@dataclass(frozen=True, slots=True)
class AllowedApp:
    """What the customer allows an app."""

    client_id: str
    name: str
    scopes: tuple[str, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class PurposeState:
    """Whether the customer agrees to a purpose now."""

    key: str
    title: str
    is_given: bool


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """Something that happened to the account."""

    kind: str
    when: datetime
    actor_kind: str


@dataclass(frozen=True, slots=True)
class CustomerView:
    """Everything the console shows of a customer."""

    customer_id: str
    state: str
    created_at: datetime
    language: str | None
    merged_into: str | None = None
    waiting_recovery: WaitingRecovery | None = None
    identifiers: list[Field] = field(default_factory=list)
    attributes: list[Field] = field(default_factory=list)
    ways_in: list[WayIn] = field(default_factory=list)
    sessions: list[SeenSession] = field(default_factory=list)
    remembered_devices: list[RememberedDevice] = field(default_factory=list)
    risks: list[JudgedSignIn] = field(default_factory=list)
    apps: list[AllowedApp] = field(default_factory=list)
    purposes: list[PurposeState] = field(default_factory=list)
    events: list[HistoryEntry] = field(default_factory=list)


async def seek_customer(transaction: UnitOfWork, desk: Desk, typed: str) -> Customer | None:
    """Find a customer by exact identifier or customer ID; the search is recorded, not the words."""
    wanted = typed.strip()
    if _CUSTOMER_ID.fullmatch(wanted):
        found = await find_by_id(transaction, wanted)
    else:
        identifier = await transaction.identifiers.find_login(
            normalise_login(wanted, (await transaction.policies.get()).names.region)
        )
        found = None
        if identifier is not None:
            found = await transaction.customers.find(identifier.customer)
    is_open = found is not None and found.state != ERASED
    await record(
        transaction,
        EventKind.CUSTOMER_SOUGHT,
        actor=desk.actor,
        customer=found.id if found is not None and is_open else None,
        found=found is not None,
    )
    return found


async def find_by_id(transaction: UnitOfWork, customer_id: str) -> Customer | None:
    """Give the customer of an ID that stands in an address, whatever else may stand there."""
    if not _CUSTOMER_ID.fullmatch(customer_id):
        return None
    return await transaction.customers.find_by_customer_id(customer_id)


async def see_customer(
    transaction: UnitOfWork, desk: Desk, customer_id: str, language: str
) -> CustomerView | None:
    """Give one customer, masked; None when there is none of this ID."""
    customer = await find_by_id(transaction, customer_id)
    if customer is None:
        return None
    if customer.state == ERASED:
        return _head(customer, None)
    await _note_seen(transaction, desk, customer)
    target = None
    if customer.state == MERGED and customer.merged_into is not None:
        target = await transaction.customers.find(customer.merged_into)
    profile = await read_profile(transaction, customer.id)
    head = replace(
        _head(customer, target), waiting_recovery=await _waiting(transaction, customer.id)
    )
    head.identifiers.extend(_identifier_field(one) for one in profile.identifiers)
    head.attributes.extend(_attribute_fields(profile, await load_schema(transaction)))
    head.ways_in.extend(await _ways_in(transaction, customer.id))
    head.sessions.extend(await _sessions(transaction, customer.id))
    head.remembered_devices.extend(await _remembered(transaction, customer.id))
    head.risks.extend(await _risks(transaction, customer.id))
    head.apps.extend(await _apps(transaction, customer.id, language))
    head.purposes.extend(await _purposes(transaction, customer.id, language))
    head.events.extend(await _events(transaction, customer.id))
    return head


def mask_identifier(identifier: Identifier) -> str:
    """Give an identifier so far hidden that its owner on the telephone can confirm it."""
    if identifier.kind == EMAIL:
        return mask_email(identifier.value)
    return HIDDEN + identifier.value[-_SHOWN_DIGITS:]


def mask_address(address: str) -> str:
    """Give the network of an address: enough to tell two places apart."""
    if "." in address:
        return ".".join([*address.split(".")[:2], HIDDEN])
    return ":".join([*address.split(":")[:2], HIDDEN]) if ":" in address else ""


async def _note_seen(transaction: UnitOfWork, desk: Desk, customer: Customer) -> None:
    is_first = await transaction.single_uses.claim(
        _SEEN, f"{desk.session.id}:{customer.id}", expires_at=desk.session.expires_at
    )
    if is_first:
        await record(transaction, EventKind.CUSTOMER_SEEN, actor=desk.actor, customer=customer.id)


def _head(customer: Customer, target: Customer | None) -> CustomerView:
    return CustomerView(
        customer.customer_id,
        customer.state,
        customer.created_at,
        customer.language,
        None if target is None else target.customer_id,
    )


def _identifier_field(one: Identifier) -> Field:
    return Field(
        f"identifier:{one.id}",
        one.kind,
        mask_identifier(one),
        one.source,
        one.is_login,
        one.verified_at,
        one.added_at,
    )


def _attribute_fields(profile: Profile, schema: Schema) -> list[Field]:
    return [
        Field(
            f"attribute:{value.claim}",
            value.claim,
            HIDDEN,
            value.source,
            is_login=False,
            verified_at=value.verified_at,
            since=value.observed_at,
        )
        for value in profile.values
        if may_operators_read(schema.by_name.get(value.attribute))
    ]


async def _ways_in(transaction: UnitOfWork, customer: UUID) -> list[WayIn]:
    own = [
        WayIn(one.method, None, one.created_at, one.last_used_at)
        for one in await transaction.authenticators.list_for(customer)
    ]
    linked = [
        WayIn("federated", one.connection, one.linked_at, one.last_used_at)
        for one in await transaction.external_identities.list_for(customer)
    ]
    return own + linked


async def _sessions(transaction: UnitOfWork, customer: UUID) -> list[SeenSession]:
    return [
        SeenSession(
            one.id,
            one.user_agent,
            mask_address(one.address),
            one.created_at,
            one.last_seen_at,
            one.amr,
        )
        for one in await transaction.sessions.list_for(customer)
    ]


async def _remembered(transaction: UnitOfWork, customer: UUID) -> list[RememberedDevice]:
    return [
        RememberedDevice(one.id, one.user_agent, one.created_at, one.expires_at)
        for one in await list_trusted(transaction, customer)
    ]


async def _waiting(transaction: UnitOfWork, customer: UUID) -> WaitingRecovery | None:
    found = await transaction.factor_recoveries.find_open(customer)
    if found is None:
        return None
    return WaitingRecovery(found.created_at, found.ready_at, found.expires_at, found.device)


async def _risks(transaction: UnitOfWork, customer: UUID) -> list[JudgedSignIn]:
    return [
        JudgedSignIn(
            one.assessed_at,
            one.verdict,
            one.mode,
            one.score,
            one.country,
            dict(sorted(one.signals.items(), key=lambda item: -item[1])),
            one.signed_in_at is not None,
        )
        for one in await transaction.risk_assessments.list_for(customer, limit=_RISKS)
    ]


async def _apps(transaction: UnitOfWork, customer: UUID, language: str) -> list[AllowedApp]:
    found = []
    for grant in await transaction.client_grants.list_for(customer):
        client = await transaction.clients.get(grant.client)
        scopes = tuple(sorted(grant.scopes))
        found.append(
            AllowedApp(client.client_id, client.name_in(language), scopes, grant.granted_at)
        )
    return found


async def _purposes(transaction: UnitOfWork, customer: UUID, language: str) -> list[PurposeState]:
    states = await transaction.receipts.list_states(customer)
    return [
        PurposeState(
            one.key, one.document.texts_in(language).title, is_given=holds(one, states) is not None
        )
        for one in await list_purposes(transaction)
        if one.needs_consent
    ]


async def _events(transaction: UnitOfWork, customer: UUID) -> list[HistoryEntry]:
    pseudonym = await pseudonym_of(transaction, customer)
    return [
        HistoryEntry(one.kind, one.occurred_at, one.actor_kind)
        for one in await transaction.audit_events.list_for_customer(pseudonym, limit=_EVENTS)
    ]
