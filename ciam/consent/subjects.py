"""What a receipt says of its subject: a purpose, a notice, or an app and what it may see."""

from collections.abc import Iterable
from uuid import UUID

from ciam.consent.notices import Notice, texts_in
from ciam.consent.parties import Recipient
from ciam.consent.purposes import Purpose
from ciam.consent.receipt_document import PartyIdentification, PiiInformation, ProcessedPurpose
from ciam.consent.receipts import Subject, identify
from ciam.consent.scope_claims import CLAIM_LABELS, claims_of
from ciam.storage.stores.clients import Client
from ciam.storage.stores.receipts import CLIENT, NOTICE, PURPOSE

_LATER = "-"
"""Filled in by the receipt, which knows the controller and the site."""

_NOT_STATED = "not stated"


def of_purpose(purpose: Purpose, language: str) -> Subject:
    """Describe a version of a purpose."""
    document = purpose.document
    texts = document.texts_in(language)
    return Subject(
        kind=PURPOSE,
        id=purpose.purpose,
        version=purpose.id,
        key=purpose.key,
        controller=document.controller,
        recipients=tuple(_recipient(item) for item in document.recipients if item.party),
        processed=ProcessedPurpose(
            purpose=texts.title,
            purpose_type=purpose.key,
            lawful_basis=document.lawful_basis,
            pii_information=_data(document.attributes) or (_anything(texts.what),),
            pii_controllers=(_LATER,),
            collection_method="given by the person, or observed in their use of the service",
            storage_locations=document.storage_locations,
            retention_period=_retention(document.retention_days),
            jurisdiction=document.jurisdiction,
            recipient_third_parties=(),
            withdrawal_method=_LATER,
            privacy_rights=_LATER,
            version=str(purpose.version),
            scopes=document.scopes or None,
        ),
    )


def of_notice(notice: Notice, language: str) -> Subject:
    """Describe a version of a notice."""
    _, texts = texts_in(notice, language)
    return Subject(
        kind=NOTICE,
        id=notice.notice,
        version=notice.id,
        key=notice.key,
        controller=notice.document.controller,
        processed=ProcessedPurpose(
            purpose=texts.title,
            purpose_type=f"notice:{notice.document.kind}",
            lawful_basis="contract",
            pii_information=(_anything("the account"),),
            pii_controllers=(_LATER,),
            collection_method="given by the person",
            storage_locations=(_NOT_STATED,),
            retention_period="as long as the account exists",
            jurisdiction=notice.document.controller.country
            if notice.document.controller
            else _NOT_STATED,
            recipient_third_parties=(),
            withdrawal_method=_LATER,
            privacy_rights=_LATER,
            version=notice.version,
            document_sha256=notice.content_hash.hex(),
        ),
    )


def of_client(client: Client, grant: UUID, scopes: Iterable[str], language: str) -> Subject:
    """Describe an app and what it may see."""
    asked = tuple(sorted(scopes))
    name = client.name_in(language)
    data = _data(sorted(claims_of(asked))) or (_anything("that the person uses the app"),)
    return Subject(
        kind=CLIENT,
        id=client.id,
        version=grant,
        key=client.client_id,
        controller=None,
        scopes=asked,
        recipients=(
            PartyIdentification(
                party_id=client.client_id,
                party_name=name,
                party_address=client.client_uri or _NOT_STATED,
                party_contact=client.policy_uri or client.client_uri or _NOT_STATED,
                party_type=client.recipient_kind,
            ),
        ),
        processed=ProcessedPurpose(
            purpose=name,
            purpose_type="client",
            lawful_basis="consent",
            pii_information=data,
            pii_controllers=(_LATER,),
            collection_method="from the account",
            storage_locations=(f"of the recipient: {client.policy_uri or _NOT_STATED}",),
            retention_period="until the app is removed; then as the recipient's notice says",
            jurisdiction=_NOT_STATED,
            recipient_third_parties=(),
            withdrawal_method=_LATER,
            privacy_rights=_LATER,
            scopes=asked,
        ),
    )


def _recipient(recipient: Recipient) -> PartyIdentification:
    if recipient.party is None:
        raise ValueError("a recipient without a party is the controller")
    return identify(recipient.party, recipient.kind)


def _data(claims: Iterable[str]) -> tuple[PiiInformation, ...]:
    return tuple(
        PiiInformation(
            pii_type=str(CLAIM_LABELS.get(claim, claim)), pii_attribute_id=claim, pii_optional=True
        )
        for claim in claims
    )


def _anything(sentence: str) -> PiiInformation:
    return PiiInformation(pii_type=sentence, pii_optional=True)


def _retention(days: int | None) -> str:
    return "until withdrawn" if days is None else f"P{days}D"
