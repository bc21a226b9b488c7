"""What we know of a customer, as claims (OIDC Core §5.1); whether it may leave is not asked."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from ciam.clock import to_epoch_seconds
from ciam.storage import UnitOfWork
from ciam.storage.stores.identifiers import Identifier

_FAMILY_FIRST: Final = frozenset({"ja", "zh", "ko", "hu", "vi"})
NAME_PARTS: Final = ("family_name", "given_name")


async def load_claims(
    transaction: UnitOfWork, customer: UUID, wanted: Iterable[str]
) -> dict[str, Any]:
    """Give the wanted claims we have values for, those with language tags included (§5.2).

    Attributes and identifiers are each read only when something of theirs is wanted.
    """
    names = frozenset(wanted)
    known: dict[str, Any] = {}
    if names - {"email", "email_verified", "phone_number", "phone_number_verified", "consents"}:
        values = await transaction.attributes.list_current(customer)
        known |= {value.claim: value.value for value in values}
        person = await transaction.customers.find(customer)
        language = (person.language if person else None) or ""
        if language:
            known.setdefault("locale", language)
        known |= _composed_names(known, language)
        if values:
            known["updated_at"] = to_epoch_seconds(max(value.observed_at for value in values))
    if names & {
        "email",
        "email_verified",
        "phone_number",
        "phone_number_verified",
        "preferred_username",
    }:
        known |= _contacts(await transaction.identifiers.list_for(customer))
    return {claim: value for claim, value in known.items() if claim.partition("#")[0] in names}


def _contacts(identifiers: list[Identifier]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for kind, claim in (("email", "email"), ("phone", "phone_number")):
        held = [item for item in identifiers if item.kind == kind]
        if held:
            best = min(held, key=lambda item: (not item.is_login, item.verified_at is None))
            known |= {claim: best.value, f"{claim}_verified": best.verified_at is not None}
    for item in identifiers:
        if item.kind == "username":
            known.setdefault("preferred_username", item.value)
    return known


def _composed_names(known: dict[str, Any], language: str) -> dict[str, str]:
    """Make `name` of its parts where it has none of its own, in the order of its language."""
    composed = {}
    tags = {claim.partition("#")[2] for claim in known if claim.partition("#")[0] in NAME_PARTS}
    for tag in tags:
        mark = f"#{tag}" if tag else ""
        parts = [known.get(f"{part}{mark}") for part in NAME_PARTS]
        base = (tag or language).split("-", maxsplit=1)[0]
        ordered = parts if base in _FAMILY_FIRST else reversed(parts)
        name = " ".join(part for part in ordered if part)
        if name and f"name{mark}" not in known:
            composed[f"name{mark}"] = name
    return composed
