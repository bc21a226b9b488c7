"""The receipt as a document: the fields of ISO/IEC TS 27560:2023 and what we add to prove them.

Fields without a default are those the specification demands of every record (header, processing,
party, event). `shown` and the hashes are ours: they tie the record to the exact words.
"""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

SCHEMA: Final = "urn:ciam:consent-receipt:1"
RECORD_SCHEMA: Final = "ISO/IEC TS 27560:2023"
TYP: Final = "consent-receipt+jwt"

Filled = Annotated[str, Field(min_length=1)]


class Part(BaseModel):
    """A part of the document; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Header(Part):
    """Record header section (§6.3.3)."""

    schema_version: Filled
    record_id: Filled
    pii_principal_id: Filled


class PiiInformation(Part):
    """One kind of data (§6.3.5)."""

    pii_type: Filled
    pii_attribute_id: str | None = None
    pii_optional: bool


class ProcessedPurpose(Part):
    """One purpose and what is done for it (§6.3.4)."""

    purpose: Filled
    purpose_type: str | None = None
    lawful_basis: Filled
    pii_information: Annotated[tuple[PiiInformation, ...], Field(min_length=1)]
    pii_controllers: Annotated[tuple[str, ...], Field(min_length=1)]
    collection_method: Filled
    storage_locations: Annotated[tuple[str, ...], Field(min_length=1)]
    retention_period: Filled
    jurisdiction: Filled
    recipient_third_parties: tuple[str, ...]
    withdrawal_method: Filled
    privacy_rights: Filled
    version: str | None = None
    document_sha256: str | None = None
    scopes: tuple[str, ...] | None = None


class Processing(Part):
    """PII processing section (§6.3.4)."""

    privacy_notice: Filled
    language: Filled
    purposes: Annotated[tuple[ProcessedPurpose, ...], Field(min_length=1)]


class PartyIdentification(Part):
    """Party identification section (§6.3.6)."""

    party_id: Filled
    party_name: Filled
    party_address: Filled
    party_contact: Filled
    party_type: Filled
    party_role: str | None = None


class Event(Part):
    """Event section (§6.3.7)."""

    event_time: Filled
    validity_duration: Filled
    entity_id: Filled
    event_type: Filled
    event_state: Filled


class Record(Part):
    """One consent record."""

    header: Header
    pii_processing: Processing
    party_identification: Annotated[tuple[PartyIdentification, ...], Field(min_length=1)]
    event: Event


class Shown(Part):
    """The screen on which it was decided; its content hashes to `sha256`."""

    page: Filled
    origin: Filled
    sha256: Filled


class ReceiptDocument(Part):
    """The signed claims of a receipt (RFC 7519): metadata (§6.4.5), the record, the proof."""

    iss: Filled
    sub: Filled
    jti: Filled
    iat: int
    schema_version: Filled
    receipt_id: Filled
    recorded_at: Filled
    via_client: str | None = None
    record: Record
    shown: Shown
