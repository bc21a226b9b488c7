"""What is still to be decided by a customer, and writing down what they decided.

Writing is idempotent: the same answer to the same version twice leaves one receipt. A "no" to what
was given before is a withdrawal and takes effect with the commit.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ciam.consent import subjects
from ciam.consent.notices import Notice, list_notices
from ciam.consent.purposes import Purpose, list_purposes
from ciam.consent.questions import Decisions, Questions, check_answers, make_questions
from ciam.consent.receipts import Subject, write_receipt
from ciam.consent.screens import Screen
from ciam.consent.withdrawal import narrow_for
from ciam.errors import FormRefused
from ciam.storage import UnitOfWork
from ciam.storage.stores.clients import Client
from ciam.storage.stores.customers import Customer
from ciam.storage.stores.receipts import (
    ACCEPTED,
    GIVEN,
    NOTICE,
    PURPOSE,
    REFUSED,
    WITHDRAWN,
    ConsentState,
    Receipt,
)
from ciam.texts import Text

__all__ = [
    "Decisions",
    "Outstanding",
    "Questions",
    "check_answers",
    "find_outstanding",
    "questions_for_sign_up",
    "record_decisions",
]


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What a customer still has to decide, in the versions in force."""

    notices: tuple[Notice, ...]
    purposes: tuple[Purpose, ...]

    def __bool__(self) -> bool:
        """Tell whether anything is to be asked."""
        return bool(self.notices or self.purposes)

    def questions(self, language: str) -> Questions:
        """Put it into a reader's language."""
        return make_questions(self.notices, self.purposes, language)


async def questions_for_sign_up(transaction: UnitOfWork, language: str) -> Questions:
    """Give what a person is asked who has no account yet."""
    return make_questions(
        [item for item in await list_notices(transaction) if item.document.required],
        [
            item
            for item in await list_purposes(transaction)
            if item.needs_consent and item.document.asked == "sign_up"
        ],
        language,
    )


async def find_outstanding(
    transaction: UnitOfWork, customer: UUID, client: Client | None = None
) -> Outstanding:
    """Give required notices not accepted, and purposes never answered or changed since.

    Purposes that are asked with an app are among them only for that app.
    """
    states = {
        (state.subject_kind, state.subject): state
        for state in await transaction.receipts.list_states(customer)
    }
    return Outstanding(
        tuple(
            notice
            for notice in await list_notices(transaction)
            if notice.document.required
            and not _is_decided(states.get((NOTICE, notice.notice)), notice.accepted_versions)
        ),
        tuple(
            purpose
            for purpose in await list_purposes(transaction)
            if _is_asked(purpose, client)
            and not _is_decided(states.get((PURPOSE, purpose.purpose)), purpose.accepted_versions)
        ),
    )


async def record_decisions(
    transaction: UnitOfWork,
    customer: UUID,
    decisions: Decisions,
    *,
    screen: Screen,
    via_client: UUID | None = None,
    effective_at: datetime | None = None,
) -> list[Receipt]:
    """Write what was decided; raise FormRefused when a version is no longer the one in force.

    `effective_at` is for decisions made elsewhere (on paper, by phone) and recorded later.
    """
    person = await transaction.customers.lock(customer)
    if person is None:
        raise LookupError("no such customer")
    notices = {item.id: item for item in await list_notices(transaction)}
    purposes = {item.id: item for item in await list_purposes(transaction)}
    if not (decisions.accepted <= set(notices) and set(decisions.purposes) <= set(purposes)):
        raise FormRefused(
            "decided on a version that is not in force",
            alert=Text("A text has changed in the meantime. Please read it again."),
        )
    states = {state.subject: state for state in await transaction.receipts.list_states(customer)}
    writing = _Writing(transaction, person, screen, via_client, effective_at)
    written = [
        await writing.accept(notices[version], states.get(notices[version].notice))
        for version in sorted(decisions.accepted)
    ]
    for version, agrees in sorted(decisions.purposes.items()):
        purpose = purposes[version]
        written.append(await writing.answer(purpose, states.get(purpose.purpose), agrees=agrees))
    return [receipt for receipt in written if receipt is not None]


@dataclass(frozen=True, slots=True)
class _Writing:
    """The circumstances all decisions of one form share."""

    transaction: UnitOfWork
    customer: Customer
    screen: Screen
    via_client: UUID | None
    effective_at: datetime | None

    async def accept(self, notice: Notice, before: ConsentState | None) -> Receipt | None:
        """Write that a notice was accepted, once for each version."""
        if before is not None and before.version == notice.id:
            return None
        return await self._write(subjects.of_notice(notice, self.screen.language), ACCEPTED)

    async def answer(
        self, purpose: Purpose, before: ConsentState | None, *, agrees: bool
    ) -> Receipt | None:
        """Write an answer to a purpose; a "no" after a "yes" withdraws it."""
        act = _act(before, agrees=agrees)
        if before is not None and before.version == purpose.id and _means_same(before.state, act):
            return None
        subject = subjects.of_purpose(purpose, self.screen.language)
        receipt = await self._write(subject, act)
        if act == WITHDRAWN:
            await narrow_for(self.transaction, self.customer.id, purpose)
        return receipt

    async def _write(self, subject: Subject, act: str) -> Receipt:
        return await write_receipt(
            self.transaction,
            self.customer,
            subject,
            act,
            screen=self.screen,
            via_client=self.via_client,
            effective_at=self.effective_at,
        )


def _act(before: ConsentState | None, *, agrees: bool) -> str:
    if agrees:
        return GIVEN
    return WITHDRAWN if before is not None and before.state == GIVEN else REFUSED


def _means_same(before: str, act: str) -> bool:
    return (before == GIVEN) == (act == GIVEN)


def _is_decided(state: ConsentState | None, versions: frozenset[UUID]) -> bool:
    return state is not None and state.version in versions


def _is_asked(purpose: Purpose, client: Client | None) -> bool:
    if not purpose.needs_consent:
        return False
    if purpose.document.asked == "client":
        return client is not None and purpose.is_for(client.client_id, client.recipient_kind)
    return purpose.document.asked == "sign_up"
