"""What a kind of entry has to know, so that the rest is the same for all: owners, order, plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from ciam.administration.config.documents import ConfigDocument
    from ciam.administration.config.reader import Location
    from ciam.storage import UnitOfWork
    from ciam.storage.stores.ownership import Owned

State: TypeAlias = Literal["present", "created", "absent"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a file: present as it says, made once and then left alone, or absent."""

    key: str
    location: Location
    state: State
    content: Any = None


class Kind(Protocol):
    """Brands, policies, notices, purposes or clients."""

    @property
    def name(self) -> Owned:
        """What one entry is called."""

    @property
    def section(self) -> str:
        """Where its entries stand in a file."""

    def entries(self, document: ConfigDocument) -> Iterator[Entry]:
        """Give what a file says of this kind."""

    async def put(
        self, transaction: UnitOfWork, entry: Entry, *, is_known: bool, managed_by: str
    ) -> str | None:
        """Store an entry; gives in a word or two what changed, None when nothing differs."""

    async def remove(self, transaction: UnitOfWork, key: str) -> str:
        """End an entry that is in use; gives in a word what became of it."""

    async def export(self, transaction: UnitOfWork, key: str) -> dict[str, Any]:
        """Give an entry in use as a file would say it, without its key and without secrets."""


def added_or_changed(*, is_known: bool) -> str:
    """Say what happened to an entry that has no versions."""
    return "changed" if is_known else "added"


def listed(section: str, key_name: str, document: ConfigDocument) -> Iterator[Entry]:
    """Give the entries of a section that is a list."""
    for index, item in enumerate(getattr(document, section)):
        yield Entry(getattr(item, key_name), (section, index), item.state, item)
