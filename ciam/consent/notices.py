"""Notices: the texts people accept, such as terms; the operator names each version.

A published version never changes: the same name with other words is refused.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from ciam.consent import trace
from ciam.consent.parties import Document, Key, Language, Line, Party, Prose, in_language
from ciam.errors import Misconfigured
from ciam.storage import UnitOfWork
from ciam.storage.stores.notices import NoticeVersion
from ciam.storage.stores.store import to_json


class NoticeTexts(Document):
    """The notice in one language."""

    title: Line
    body: Prose = Field(description="Blank line = paragraph, `# ` heading, `- ` list.")
    changed: Line | None = Field(default=None, description="What changed, in one sentence.")


class NoticeDocument(Document):
    """One version of a notice, as an operator writes it into a file or the console."""

    key: Key
    version: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
    kind: Literal["terms", "privacy", "other"] = "other"
    texts: Annotated[dict[Language, NoticeTexts], Field(min_length=1)]
    required: bool = Field(
        default=True, description="No account without it. False: shown and linked, never asked."
    )
    controller: Party | None = Field(
        default=None, description="Who speaks; of a privacy notice it stands on every receipt."
    )
    asks_again: bool = Field(default=True, description="False: earlier acceptance still counts.")
    effective_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A version in force. Acceptance of any of `accepted_versions` still counts."""

    id: UUID
    notice: UUID
    key: str
    version: str
    document: NoticeDocument
    effective_from: datetime
    accepted_versions: frozenset[UUID]
    content_hash: bytes

    @property
    def href(self) -> str:
        """The page with the full text of this version."""
        return f"/notices/{self.key}/{self.version}"


async def put_notice(
    transaction: UnitOfWork, document: NoticeDocument, *, managed_by: str = "file"
) -> NoticeVersion | None:
    """Store a document as a version; None: it is there already.

    Raise Misconfigured when a published version would get other words.
    """
    before = await transaction.notices.list_versions(document.key)
    content = document.model_dump(mode="json")
    digest = hashlib.sha256(to_json(content)).digest()
    same = next((item for item in before if item.version == document.version), None)
    if same is not None and same.document_hash != digest:
        raise Misconfigured(
            f"notice {document.key}: version {document.version} is published and cannot change;"
            " give the new text a new version"
        )
    if same is not None and same.retired_at is None:
        return None
    await transaction.config.raise_generation()
    row = await transaction.notices.put_notice(document.key, managed_by=managed_by)
    if same is None:
        await transaction.notices.add_version(
            row,
            document.version,
            content,
            document_hash=digest,
            asks_again=document.asks_again or not before,
            effective_from=document.effective_from or transaction.clock.now(),
        )
    await trace.changed(transaction, "notice", document.key, document.version)
    stored = await transaction.notices.list_versions(document.key)
    return next(item for item in stored if item.version == document.version)


async def retire_notice(transaction: UnitOfWork, key: str) -> bool:
    """Stop asking for a notice; its versions stay readable."""
    await transaction.config.raise_generation()
    return await transaction.notices.retire(key)


async def list_notices(transaction: UnitOfWork) -> tuple[Notice, ...]:
    """Give the version in force of each notice, in the order they were added."""
    found = []
    for versions in await _by_key(transaction):
        in_force = [item for item in versions if item.effective_from <= transaction.clock.now()]
        if in_force and in_force[-1].retired_at is None:
            found.append(_in_force(in_force))
    return tuple(found)


async def list_versions(transaction: UnitOfWork, key: str) -> tuple[Notice, ...]:
    """Give every published version of a notice, newest first, those to come left out."""
    now = transaction.clock.now()
    return tuple(
        _in_force(versions[: index + 1])
        for versions in await _by_key(transaction)
        for index, item in reversed(list(enumerate(versions)))
        if item.key == key and item.effective_from <= now
    )


async def _by_key(transaction: UnitOfWork) -> list[list[NoticeVersion]]:
    return await transaction.cached(("notices",), lambda: _load(transaction))


async def _load(transaction: UnitOfWork) -> list[list[NoticeVersion]]:
    by_key: dict[str, list[NoticeVersion]] = {}
    for version in await transaction.notices.list_versions():
        by_key.setdefault(version.key, []).append(version)
    return list(by_key.values())


def _in_force(versions: list[NoticeVersion]) -> Notice:
    newest = versions[-1]
    accepted: set[UUID] = set()
    for version in reversed(versions):
        accepted.add(version.id)
        if version.asks_again:
            break
    return Notice(
        newest.id,
        newest.notice,
        newest.key,
        newest.version,
        NoticeDocument.model_validate(newest.document),
        newest.effective_from,
        frozenset(accepted),
        newest.document_hash,
    )


def texts_in(notice: Notice, language: str) -> tuple[str, NoticeTexts]:
    """Give the language found for a reader, and the texts in it."""
    return in_language(notice.document.texts, language)
