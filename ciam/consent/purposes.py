"""Purposes: what data is used for, why and by whom, in versions that never change.

A document whose meaning changes is a new version. A change of recipients, data, retention or
lawful basis asks everybody again whatever the operator says (ISO/IEC 29184 §5.5): older consent is
then not enough and stops counting with the commit.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from ciam.consent import trace
from ciam.consent.parties import Document, Key, Language, Line, Party, Prose, Recipient, in_language
from ciam.errors import Misconfigured
from ciam.storage import UnitOfWork
from ciam.storage.stores.purposes import PurposeVersion
from ciam.storage.stores.store import to_json

LawfulBasis = Literal[
    "consent",
    "contract",
    "legal_obligation",
    "vital_interests",
    "public_task",
    "legitimate_interests",
]
CONSENT = "consent"

_MATERIAL = (
    "lawful_basis",
    "controller",
    "recipients",
    "attributes",
    "scopes",
    "retention_days",
    "storage_locations",
    "jurisdiction",
)


class PurposeTexts(Document):
    """What a person reads, in one language."""

    title: Line
    what: Line = Field(description="One sentence: which data, and what happens with it.")
    why: Line = Field(description="One sentence: to what end.")
    recipient: Line = Field(description="Who gets it, as people know them.")
    text: Prose | None = Field(default=None, description="The full text, as plain paragraphs.")


class PurposeDocument(Document):
    """One purpose, as an operator writes it into a file or the console."""

    key: Key
    texts: Annotated[dict[Language, PurposeTexts], Field(min_length=1)]
    lawful_basis: LawfulBasis = "consent"
    controller: Party
    recipients: Annotated[tuple[Recipient, ...], Field(min_length=1)]
    attributes: tuple[str, ...] = Field(
        default=(), description="Claims (OIDC Core §5.1) that go to these apps only for this."
    )
    scopes: tuple[str, ...] = Field(
        default=(), description="Scopes of APIs that these apps get only for this."
    )
    retention_days: int | None = Field(
        default=None, ge=0, description="Left out: until it is withdrawn."
    )
    storage_locations: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="Countries, ISO 3166-1."
    )
    jurisdiction: str = Field(description="Whose law applies, ISO 3166-1.")
    asked: Literal["sign_up", "client", "account"] = Field(
        default="sign_up",
        description="When to ask: at sign-up and to all who never answered; before the first"
        " use of a recipient app; only in the account.",
    )
    asks_again: bool | None = Field(
        default=None, description="Left out: decided by what changed. False: only wording changed."
    )
    effective_from: datetime | None = None

    def texts_in(self, language: str) -> PurposeTexts:
        """Give the texts for a reader."""
        return in_language(self.texts, language)[1]


@dataclass(frozen=True, slots=True)
class Purpose:
    """A version in force. Consent to any of `accepted_versions` still counts."""

    id: UUID
    purpose: UUID
    key: str
    version: int
    document: PurposeDocument
    effective_from: datetime
    accepted_versions: frozenset[UUID]

    @property
    def href(self) -> str:
        """The page with the full text."""
        return f"/purposes/{self.key}"

    @property
    def needs_consent(self) -> bool:
        """Whether it may only happen with consent; other bases are shown, not asked."""
        return self.document.lawful_basis == CONSENT

    def is_for(self, client_id: str, kind: str) -> bool:
        """Tell whether a client is a recipient."""
        return any(recipient.is_client(client_id, kind) for recipient in self.document.recipients)

    def governs(self, claim: str) -> bool:
        """Tell whether a claim, with or without a language tag, rests on this purpose."""
        return claim.partition("#")[0] in self.document.attributes


async def put_purpose(
    transaction: UnitOfWork, document: PurposeDocument, *, managed_by: str = "file"
) -> PurposeVersion | None:
    """Store a document as a new version; None: the same document is there already.

    Raise Misconfigured when `asks_again: false` would carry consent over to something else.
    """
    before = await transaction.purposes.list_versions(document.key)
    content = document.model_dump(mode="json", exclude={"asks_again"})
    digest = hashlib.sha256(to_json(content)).digest()
    if before and before[-1].document_hash == digest and before[-1].retired_at is None:
        return None
    asks_again = True if not before else _asks_again(before[-1], document)
    await transaction.config.raise_generation()
    row = await transaction.purposes.put_purpose(document.key, managed_by=managed_by)
    if not before or before[-1].document_hash != digest:
        await transaction.purposes.add_version(
            row,
            before[-1].version + 1 if before else 1,
            content,
            document_hash=digest,
            lawful_basis=document.lawful_basis,
            asks_again=asks_again,
            effective_from=document.effective_from or transaction.clock.now(),
        )
    stored = (await transaction.purposes.list_versions(document.key))[-1]
    await trace.changed(transaction, "purpose", document.key, str(stored.version))
    return stored


async def retire_purpose(transaction: UnitOfWork, key: str) -> bool:
    """Stop a purpose: nobody is asked and nothing is released for it any more."""
    await transaction.config.raise_generation()
    return await transaction.purposes.retire(key)


async def list_purposes(transaction: UnitOfWork) -> tuple[Purpose, ...]:
    """Give the version in force of each purpose, in the order they were added."""
    versions = await transaction.cached(("purposes",), lambda: _load(transaction))
    now = transaction.clock.now()
    found = []
    for all_versions in versions:
        in_force = [version for version in all_versions if version[0].effective_from <= now]
        if in_force and in_force[-1][0].retired_at is None:
            found.append(_in_force(in_force))
    return tuple(found)


async def find_purpose(transaction: UnitOfWork, key: str) -> Purpose | None:
    """Give the version in force of one purpose."""
    return next((item for item in await list_purposes(transaction) if item.key == key), None)


_Parsed: TypeAlias = tuple[PurposeVersion, PurposeDocument]


async def _load(transaction: UnitOfWork) -> list[list[_Parsed]]:
    by_key: dict[str, list[_Parsed]] = {}
    for version in await transaction.purposes.list_versions():
        document = PurposeDocument.model_validate(version.document)
        by_key.setdefault(version.key, []).append((version, document))
    return list(by_key.values())


def _in_force(versions: Sequence[_Parsed]) -> Purpose:
    newest, document = versions[-1]
    accepted: set[UUID] = set()
    for version, _ in reversed(versions):
        accepted.add(version.id)
        if version.asks_again:
            break
    return Purpose(
        newest.id,
        newest.purpose,
        newest.key,
        newest.version,
        document,
        newest.effective_from,
        frozenset(accepted),
    )


def _asks_again(before: PurposeVersion, document: PurposeDocument) -> bool:
    """Decide whether older consent still covers what the new document says."""
    old = PurposeDocument.model_validate(before.document)
    changed = [name for name in _MATERIAL if getattr(old, name) != getattr(document, name)]
    if changed and document.asks_again is False:
        raise Misconfigured(
            f"purpose {document.key}: {', '.join(changed)} changed, so asks_again may not be false"
        )
    if changed or document.asks_again is not None:
        return bool(changed) or document.asks_again is True
    return any(
        language in old.texts
        and (old.texts[language].what, old.texts[language].why) != (texts.what, texts.why)
        for language, texts in document.texts.items()
    )
