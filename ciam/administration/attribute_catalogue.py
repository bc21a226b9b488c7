"""The attribute schema as an operator sees it: what is asked when, and who may see or change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ciam.customers.attribute_document import in_language
from ciam.customers.definitions import load_schema
from ciam.texts import Text

if TYPE_CHECKING:
    from ciam.customers.attributes import Attribute
    from ciam.storage import UnitOfWork

BY_DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True)
class AttributeEntry:
    """One attribute; `managed_by` is `default` where nobody wrote anything of it.

    label  what people read, in the operator's language; None: the standard claim's own words
    """

    key: str
    label: str | None
    is_standard: bool
    managed_by: str
    document: dict[str, Any]


async def list_attribute_entries(transaction: UnitOfWork, language: str) -> list[AttributeEntry]:
    """Give every attribute, in order."""
    schema = await load_schema(transaction)
    owners = await transaction.ownership.list_owners("attribute")
    return [
        AttributeEntry(
            one.name,
            in_language(one.rules.labels, language),
            one.is_standard,
            owners[one.name].managed_by if one.name in owners else BY_DEFAULT,
            one.rules.to_stored(),
        )
        for one in schema.attributes
    ]


async def titles_of(transaction: UnitOfWork, language: str) -> dict[str, Text]:
    """Give what each attribute is called, by its claim."""
    schema = await load_schema(transaction)
    return {one.name: one.label_in(language) for one in schema.attributes}


def may_operators_read(attribute: Attribute | None) -> bool:
    """Tell whether the console has the values of an attribute; of one that ended, it has not."""
    return attribute is not None and attribute.rules.operator != "none"
