"""Receipts: the signed record of one decision, written in the transaction that decides.

Append-only. Each has the time it took effect and the time we recorded it, so that history can
answer both "what held" and "what did we believe". Signing is CPU only and happens inside the
transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ciam.clock import to_epoch_seconds
from ciam.consent import trace
from ciam.consent.controller import find_controller, find_privacy_notice
from ciam.consent.parties import Party
from ciam.consent.receipt_document import (
    RECORD_SCHEMA,
    SCHEMA,
    TYP,
    Event,
    Header,
    PartyIdentification,
    ProcessedPurpose,
    Processing,
    ReceiptDocument,
    Record,
    Shown,
)
from ciam.consent.screens import Screen, keep_screen
from ciam.identifiers import new_id
from ciam.keys import signing
from ciam.storage import UnitOfWork
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

ALGORITHM = "ES256"

_EVENT_STATES = {
    GIVEN: "consent given",
    ACCEPTED: "notice accepted",
    REFUSED: "consent refused",
    WITHDRAWN: "consent withdrawn",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a decision is about: a version of a purpose or notice, or a client with scopes.

    `id` is the purpose, notice or client; `version` the version decided on, of a client its grant.
    """

    kind: str
    id: UUID
    version: UUID
    key: str
    processed: ProcessedPurpose
    controller: Party | None
    recipients: tuple[PartyIdentification, ...] = ()
    scopes: tuple[str, ...] = ()


async def write_receipt(
    transaction: UnitOfWork,
    customer: Customer,
    subject: Subject,
    act: str,
    *,
    screen: Screen,
    via_client: UUID | None = None,
    effective_at: datetime | None = None,
) -> Receipt:
    """Sign and keep a decision, and move the state on. The caller holds the customer's lock."""
    now = transaction.clock.now()
    record = Receipt(
        id=new_id(),
        customer=customer.id,
        act=act,
        subject_kind=subject.kind,
        purpose_version=subject.version if subject.kind == PURPOSE else None,
        notice_version=subject.version if subject.kind == NOTICE else None,
        client=subject.id if subject.kind not in {PURPOSE, NOTICE} else None,
        scopes=subject.scopes,
        via_client=via_client,
        language=screen.language,
        screen=await keep_screen(transaction, screen),
        effective_at=effective_at or now,
        recorded_at=now,
    )
    document = await _document(transaction, customer, subject, record, screen)
    jws = await signing.sign_jwt(
        transaction,
        document.model_dump(mode="json", exclude_none=True),
        algorithm=ALGORITHM,
        typ=TYP,
        use="receipts",
    )
    signed = _with_jws(record, jws)
    await transaction.receipts.add(signed)
    await transaction.receipts.put_state(
        customer.id,
        ConsentState(
            subject.kind, subject.id, act, subject.version, record.id, record.effective_at
        ),
    )
    await trace.decided(
        transaction,
        customer.id,
        subject.kind,
        act,
        client=subject.key if record.client else None,
        subject=subject.key,
        receipt=str(record.id),
    )
    return signed


async def _document(
    transaction: UnitOfWork, customer: Customer, subject: Subject, record: Receipt, screen: Screen
) -> ReceiptDocument:
    controller = subject.controller or await find_controller(transaction, screen.origin)
    parties = [identify(controller, "controller"), *subject.recipients]
    processed = subject.processed.model_copy(
        update={
            "pii_controllers": (controller.id,),
            "recipient_third_parties": tuple(party.party_id for party in subject.recipients),
            "withdrawal_method": f"{screen.origin}/account/consents",
            "privacy_rights": f"{screen.origin}/account",
            "jurisdiction": subject.processed.jurisdiction or controller.country,
            "storage_locations": subject.processed.storage_locations or (controller.country,),
        }
    )
    via = await transaction.clients.get(record.via_client) if record.via_client else None
    return ReceiptDocument(
        iss=screen.origin,
        sub=customer.customer_id,
        jti=str(record.id),
        iat=to_epoch_seconds(record.recorded_at),
        schema_version=SCHEMA,
        receipt_id=str(record.id),
        recorded_at=record.recorded_at.isoformat(),
        via_client=via.client_id if via else None,
        record=Record(
            header=Header(
                schema_version=RECORD_SCHEMA,
                record_id=str(record.id),
                pii_principal_id=customer.customer_id,
            ),
            pii_processing=Processing(
                privacy_notice=screen.origin + await find_privacy_notice(transaction),
                language=screen.language,
                purposes=(ProcessedPurpose.model_validate(processed.model_dump()),),
            ),
            party_identification=tuple(_once(parties)),
            event=Event(
                event_time=record.effective_at.isoformat(),
                validity_duration="until withdrawn",
                entity_id=customer.customer_id,
                event_type="explicit",
                event_state=_EVENT_STATES[record.act],
            ),
        ),
        shown=Shown(page=screen.page, origin=screen.origin, sha256=record.screen.hex()),
    )


def identify(party: Party, kind: str) -> PartyIdentification:
    """Write a party as a receipt has it."""
    return PartyIdentification(
        party_id=party.id,
        party_name=party.name,
        party_address=party.address,
        party_contact=party.contact,
        party_type=kind,
    )


def _once(parties: Iterable[PartyIdentification]) -> list[PartyIdentification]:
    return list({party.party_id: party for party in reversed(list(parties))}.values())[::-1]


def _with_jws(record: Receipt, jws: str) -> Receipt:
    return Receipt(
        record.id,
        record.customer,
        record.act,
        record.subject_kind,
        record.purpose_version,
        record.notice_version,
        record.client,
        record.scopes,
        record.via_client,
        record.language,
        record.screen,
        record.effective_at,
        record.recorded_at,
        jws,
    )
