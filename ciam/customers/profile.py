"""The profile: what is known of a customer now, as claims, and how it is changed (OIDC Core §5.1).

Every change keeps the value before, with its source and time. Reading here asks no consent: what
leaves the server goes through `ciam.consent.release`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.clock import to_epoch_seconds
from ciam.customers.attributes import Who
from ciam.customers.definitions import load_schema
from ciam.customers.identifiers import EMAIL, PHONE, USERNAME
from ciam.storage import UnitOfWork
from ciam.storage.stores.attributes import AttributeValue
from ciam.storage.stores.customers import Customer
from ciam.storage.stores.identifiers import Identifier

_LATIN_END: Final = "\u024f"
_NAME_PARTS: Final = ("given_name", "middle_name", "family_name")


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a customer at one moment, with where each value came from."""

    customer: Customer
    values: tuple[AttributeValue, ...] = field(repr=False)
    identifiers: tuple[Identifier, ...] = field(repr=False)
    updated_at: datetime

    def identifier(self, kind: str) -> Identifier | None:
        """Give the main identifier of a kind: one signed in with first, a proven one first."""
        found = [identifier for identifier in self.identifiers if identifier.kind == kind]
        ranked = sorted(found, key=lambda one: (not one.is_login, one.verified_at is None))
        return ranked[0] if ranked else None

    def value(self, claim: str) -> AttributeValue | None:
        """Give the value of a claim, language tag included, with its provenance."""
        return next((value for value in self.values if value.claim == claim), None)

    @property
    def name(self) -> str | None:
        """The whole name in the customer's own writing."""
        name = self.claims.get("name")
        return None if name is None else str(name)

    @property
    def claims(self) -> dict[str, Any]:
        """Everything known, by claim name (§5.1); nothing is null."""
        claims = {value.claim: value.value for value in self.values}
        for tag in {"", *(value.language for value in self.values)}:
            _compose_name(claims, f"#{tag}" if tag else "")
        for kind, claim in ((EMAIL, "email"), (PHONE, "phone_number")):
            if (identifier := self.identifier(kind)) is not None:
                claims[claim] = identifier.value
                claims[f"{claim}_verified"] = identifier.verified_at is not None
        if (username := self.identifier(USERNAME)) is not None:
            claims.setdefault("preferred_username", username.value)
        if self.customer.language:
            claims.setdefault("locale", self.customer.language)
        return claims | {"updated_at": to_epoch_seconds(self.updated_at)}


async def read_profile(transaction: UnitOfWork, customer: UUID) -> Profile:
    """Give what is known of a customer; raise LookupError when there is no such customer."""
    found = await transaction.customers.find(customer)
    if found is None:
        msg = "no such customer"
        raise LookupError(msg)
    changed_at = await transaction.attributes.find_last_change(customer)
    identifiers = await transaction.identifiers.list_for(customer)
    times = [found.created_at, changed_at, *(one.verified_at for one in identifiers)]
    return Profile(
        found,
        tuple(await transaction.attributes.list_current(customer)),
        tuple(identifiers),
        max(time for time in times if time is not None),
    )


async def change_profile(
    transaction: UnitOfWork,
    customer: UUID,
    values: Mapping[str, Any],
    source: str,
    *,
    actor: Actor | None = None,
    who: Who = "customer",
) -> tuple[str, ...]:
    """Set values by claim name, an empty one ends it; give the claims that really changed.

    `who` writes: they may not change everything. Raise FormRefused with a sentence for each value
    that does not fit or is not theirs to change.
    """
    schema = await load_schema(transaction)
    wanted = schema.read_values(values, who=who, today=transaction.clock.now().date())
    await transaction.customers.lock(customer)
    current = {
        (value.attribute, value.language): value.value
        for value in await transaction.attributes.list_current(customer)
    }
    changed: list[str] = []
    for (attribute, tag), value in wanted.items():
        if current.get((attribute, tag)) == value:
            continue
        changed.append(f"{attribute}#{tag}" if tag else attribute)
        if value is None:
            await transaction.attributes.supersede(customer, attribute, tag)
        else:
            await transaction.attributes.put(customer, attribute, tag, value, source=source)
        if attribute == "locale" and value is not None:
            await transaction.customers.set_language(customer, value)
    if changed:
        await record(
            transaction,
            EventKind.PROFILE_CHANGED,
            actor=actor or Actor.customer(customer),
            customer=customer,
            attributes=sorted(changed),
        )
    return tuple(changed)


def _compose_name(claims: dict[str, Any], tag: str) -> None:
    """Make `name` of its parts where it was not given: family name first unless it is Latin."""
    parts = [claims[part + tag] for part in _NAME_PARTS if claims.get(part + tag)]
    if not parts or f"name{tag}" in claims:
        return
    is_latin = all(sign <= _LATIN_END for part in parts for sign in part)
    claims[f"name{tag}"] = " ".join(parts if is_latin else parts[::-1])
