"""The choices of a customer as another system may see and make them.

An app sees the purposes it has to do with; an app of ours sees all. Agreeing needs a page that
shows the text: ours, or one of an app of ours, which answers for what it showed. Taking back needs
nothing but the wish (GDPR art. 7(3)).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ciam.consent.bases import OURSELVES, concerns
from ciam.consent.client_grants import holds
from ciam.consent.decisions import record_decisions
from ciam.consent.purposes import Purpose, list_purposes
from ciam.consent.questions import Decisions, make_questions
from ciam.errors import ApiRefusal
from ciam.storage import UnitOfWork
from ciam.storage.stores.clients import Client
from ciam.storage.stores.receipts import GIVEN, PURPOSE, ConsentState, Receipt
from ciam.texts import Text

UNDECIDED = "undecided"
EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Choice:
    """One purpose and what the customer decided; `expired`: about an older version."""

    purpose: Purpose
    state: str
    since: datetime | None
    receipt: UUID | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer wants.

    version       whose text they read; needed to agree
    origin        our issuer, which signs the receipt
    effective_at  when it was decided, if that was earlier (on paper, by phone)
    """

    agrees: bool
    version: int | None
    origin: str
    language: str
    effective_at: datetime | None = None


async def list_choices(transaction: UnitOfWork, customer: UUID, client: Client) -> list[Choice]:
    """Give the purposes that rest on consent and concern a client, with their state."""
    states = await transaction.receipts.list_states(customer)
    return [
        _choice(purpose, states)
        for purpose in await list_purposes(transaction)
        if purpose.needs_consent and concerns(purpose, client)
    ]


async def find_choice(
    transaction: UnitOfWork, customer: UUID, client: Client, key: str
) -> Choice | None:
    """Give one of them; None when there is no such purpose for this client."""
    for choice in await list_choices(transaction, customer, client):
        if choice.purpose.key == key:
            return choice
    return None


async def list_own_receipts(
    transaction: UnitOfWork, customer: UUID, client: Client
) -> list[Receipt]:
    """Give the receipts a client may see, newest first: an app learns nothing of other apps."""
    found = await transaction.receipts.list_for(customer)
    if client.recipient_kind == OURSELVES:
        return found
    concerning = {
        item.purpose for item in await list_purposes(transaction) if concerns(item, client)
    }
    versions = {
        version.id
        for version in await transaction.purposes.list_versions()
        if version.purpose in concerning
    }
    return [
        receipt
        for receipt in found
        if receipt.client == client.id or receipt.purpose_version in versions
    ]


async def decide(
    transaction: UnitOfWork, customer: UUID, client: Client, purpose: Purpose, wish: Wish
) -> None:
    """Record a decision that was made in an app; raise ApiRefusal where the app may not ask."""
    if wish.agrees and client.recipient_kind != OURSELVES:
        raise ApiRefusal(
            403,
            "consent_needs_our_page",
            Text("Only our own pages may ask for this consent. Taking it back is always possible."),
        )
    if wish.agrees and wish.version != purpose.version:
        raise ApiRefusal(
            409,
            "text_changed",
            Text("The text has another version now. Show it again before you ask."),
        )
    screen = make_questions([], [purpose], wish.language).shown_on(
        "api", wish.origin, client_id=client.client_id
    )
    await record_decisions(
        transaction,
        customer,
        Decisions(frozenset(), {purpose.id: wish.agrees}),
        screen=screen,
        via_client=client.id,
        effective_at=wish.effective_at,
    )


def _choice(purpose: Purpose, states: list[ConsentState]) -> Choice:
    for state in states:
        if state.subject_kind == PURPOSE and state.subject == purpose.purpose:
            is_stale = state.state == GIVEN and holds(purpose, states) is None
            return Choice(purpose, EXPIRED if is_stale else state.state, state.since, state.receipt)
    return Choice(purpose, UNDECIDED, None, None)
