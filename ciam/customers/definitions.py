"""The definitions of attributes as they are stored: found, put, ended.

A value outlives the definition of its attribute: it is asked and shown no more, and leaves by no
token, until the attribute is defined again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ciam.customers.attribute_document import AttributeDocument
from ciam.customers.attributes import ATTRIBUTES, RESERVED, Attribute, Schema
from ciam.errors import Misconfigured
from ciam.texts import Text

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

    Raise BadDefinition for a claim that is no attribute, and for another type than it has.
    """
    before = (await transaction.attribute_definitions.list_documents()).get(document.key)
    wanted = document.to_stored()
    check_definition(document, None if before is None else before["type"])
    if before == wanted:
        return False
    await transaction.attribute_definitions.put(document.key, wanted, managed_by=managed_by)
    return True


class BadDefinition(Misconfigured):
    """What may not be said of an attribute; `text` is the sentence for an operator."""

    def __init__(self, key: str, text: Text) -> None:
        """Take the key and the sentence."""
        super().__init__(f"attribute {key}: {text}")
        self.text = text


def check_definition(document: AttributeDocument, type_before: str | None) -> None:
    """Raise BadDefinition for what a definition may not say, in view of what is there."""
    problem = _find_problem(document, type_before)
    if problem is not None:
        raise BadDefinition(document.key, problem)


def _find_problem(document: AttributeDocument, type_before: str | None) -> Text | None:
    if document.key in RESERVED:
        return Text("This claim is not an attribute of a profile.")
    standard = ATTRIBUTES.get(document.key)
    if standard is not None:
        return _find_problem_of_standard(document, standard)
    if document.type is None:
        return Text("Its type is missing.")
    if not document.labels:
        return Text("Its labels are missing.")
    if type_before not in {None, document.type}:
        return Text("Its type is {type} and does not change. Add another one.", type=type_before)
    return None


def _find_problem_of_standard(document: AttributeDocument, standard: Attribute) -> Text | None:
    if document.type is not None and document.type not in standard.types:
        return Text("A standard claim has another type. Leave it out.")
    if document.key == "address" and (document.sign_up != "no" or document.sign_in is not None):
        return Text("A postal address cannot be asked for yet.")
    return None


async def _load(transaction: UnitOfWork) -> Schema:
    return Schema.of(await list_definitions(transaction))
