"""Sections of the policies in config files; `null` brings a section back to its defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ciam.administration.config.kind import Entry, added_or_changed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ciam.administration.config.documents import ConfigDocument
    from ciam.storage import UnitOfWork


class PolicySections:
    """Lifetimes, limits, password rules."""

    name: Final = "policy"
    section: Final = "policies"

    def entries(self, document: ConfigDocument) -> Iterator[Entry]:
        """Give the sections that a file names."""
        for name in type(document.policies).model_fields:
            if name in document.policies.model_fields_set:
                content = getattr(document.policies, name)
                location = (self.section, name)
                yield Entry(name, location, "absent" if content is None else "present", content)

    async def put(
        self, transaction: UnitOfWork, entry: Entry, *, is_known: bool, managed_by: str
    ) -> str | None:
        """Store a section that differs."""
        wanted = entry.content.model_dump(mode="json", exclude_unset=True)
        if (await transaction.policies.list_documents()).get(entry.key) == wanted:
            return None
        await transaction.policies.put(entry.key, wanted, managed_by=managed_by)
        return added_or_changed(is_known=is_known)

    async def remove(self, transaction: UnitOfWork, key: str) -> str:
        """Return a section to its defaults."""
        await transaction.policies.remove(key)
        return "back to the defaults"

    async def export(self, transaction: UnitOfWork, key: str) -> dict[str, Any]:
        """Give what the section says otherwise than the defaults."""
        return (await transaction.policies.list_documents())[key]
