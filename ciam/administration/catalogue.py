"""Purposes and notices with all their versions, as an operator sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ciam.consent.notices import NoticeDocument, list_notices
from ciam.consent.parties import in_language
from ciam.consent.purposes import PurposeDocument, list_purposes
from ciam.storage import UnitOfWork


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a purpose or notice; `document` is what the operator wrote."""

    name: str
    title: str
    document: dict[str, Any]
    is_in_force: bool
    asks_again: bool
    effective_from: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A purpose or a notice, its newest version first."""

    key: str
    versions: tuple[Version, ...]
    retired_at: datetime | None

    @property
    def current(self) -> Version:
        """The version in force, else the newest."""
        return next((one for one in self.versions if one.is_in_force), self.versions[0])


async def list_purpose_entries(transaction: UnitOfWork, language: str) -> list[Entry]:
    """Give every purpose, retired ones too."""
    in_force = {one.id for one in await list_purposes(transaction)}
    found: dict[str, list[Any]] = {}
    for row in await transaction.purposes.list_versions():
        found.setdefault(row.key, []).append(row)
    return [
        _entry(
            key,
            rows,
            lambda row: PurposeDocument.model_validate(row.document).texts_in(language).title,
            in_force,
        )
        for key, rows in found.items()
    ]


async def list_notice_entries(transaction: UnitOfWork, language: str) -> list[Entry]:
    """Give every notice, retired ones too."""
    in_force = {one.id for one in await list_notices(transaction)}
    found: dict[str, list[Any]] = {}
    for row in await transaction.notices.list_versions():
        found.setdefault(row.key, []).append(row)
    return [
        _entry(
            key,
            rows,
            lambda row: (
                in_language(NoticeDocument.model_validate(row.document).texts, language)[1].title
            ),
            in_force,
        )
        for key, rows in found.items()
    ]


def _entry(key: str, rows: list[Any], title: Any, in_force: set[Any]) -> Entry:  # noqa: ANN401 - rows of one of two stores
    versions = tuple(
        Version(
            str(row.version),
            title(row),
            row.document,
            is_in_force=row.id in in_force,
            asks_again=row.asks_again,
            effective_from=row.effective_from,
            recorded_at=row.recorded_at,
        )
        for row in reversed(rows)
    )
    return Entry(key, versions, rows[-1].retired_at)
