"""The definitions of attributes as they are stored: found, put, ended.

A value outlives the definition of its attribute: it is asked and shown no more, and leaves by no
token, until the attribute is defined again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ciam.customers.attribute_document import AttributeDocument
from ciam.customers.attributes import ATTRIBUTES, RESERVED, Schema
from ciam.errors import Misconfigured

if TYPE_CHECKING:
    from ciam.storage import UnitOfWork


async def load_schema(transaction: UnitOfWork) -> Schema:
    """Give the schema as it is configured, cached."""
    return await transaction.cached(("attributes",), lambda: _load(transaction))


async def list_definitions(transaction: UnitOfWork) -> list[AttributeDocument]:
    """Give what operators wrote, by key."""
    stored = await transaction.attribute_definitions.list_documents()
    return [
        AttributeDocument.model_validate({**document, "key": key})
        for key, document in stored.items()
    ]


async def put_definition(
    transaction: UnitOfWork, document: AttributeDocument, *, managed_by: str
) -> bool:
    """Store a definition; False when it is there already. The caller raises the generation.

    Raise Misconfigured for a claim that is no attribute, and for another type than it has.
    """
    before = (await transaction.attribute_definitions.list_documents()).get(document.key)
    wanted = document.to_stored()
    check_definition(document, None if before is None else before["type"])
    if before == wanted:
        return False
    await transaction.attribute_definitions.put(document.key, wanted, managed_by=managed_by)
    return True


def check_definition(document: AttributeDocument, type_before: str | None) -> None:
    """Raise Misconfigured for what a definition may not say, in view of what is there."""
    key = document.key
    if key in RESERVED:
        raise Misconfigured(f"attribute {key}: this claim is not an attribute of a profile")
    standard = ATTRIBUTES.get(key)
    if standard is None and document.type is None:
        raise Misconfigured(f"attribute {key}: type is missing")
    if standard is None and not document.labels:
        raise Misconfigured(f"attribute {key}: labels are missing")
    if standard is not None and document.type is not None and document.type not in standard.types:
        raise Misconfigured(f"attribute {key}: a standard claim of another type; leave type out")
    if key == "address" and (document.sign_up != "no" or document.sign_in is not None):
        raise Misconfigured(f"attribute {key}: a postal address cannot be asked yet")
    if standard is None and type_before is not None and document.type != type_before:
        raise Misconfigured(
            f"attribute {key}: its type is {type_before} and does not change; add another attribute"
        )


async def _load(transaction: UnitOfWork) -> Schema:
    return Schema.of(await list_definitions(transaction))
