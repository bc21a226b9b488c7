"""The schema of what is known of a customer: the standard claims, and what an operator added.

The order is that of forms and exports. E-mail, phone and user name are identifiers and not in this
list. A name may come in several languages and scripts, as `family_name#ja-Kana-JP` (OIDC Core
§5.2). With nothing configured there are the claims of §5.1 (`STANDARD`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final, Literal, get_args

from ciam.customers import claim_values as values_
from ciam.customers.attribute_document import AttributeDocument, AttributeType, in_language
from ciam.customers.attribute_readers import reader_of
from ciam.customers.claim_values import TAG, Reader, WrongValue, canonical_tag
from ciam.errors import FormRefused
from ciam.texts import Text

__all__ = [
    "ATTRIBUTES",
    "NAMES",
    "RESERVED",
    "SCHEMA",
    "STANDARD",
    "Attribute",
    "Schema",
    "Who",
    "canonical_tag",
    "read_values",
    "split_claim",
]

Who = Literal["customer", "service"]
"""Who writes: customers and apps for them, or a service by its own scopes."""

NAMES: Final = frozenset({"name", "family_name", "given_name", "middle_name"})
_NOT_OF_A_PROFILE: Final = (
    "iss sub aud exp nbf iat jti auth_time nonce acr amr azp sid at_hash c_hash s_hash scope"
    " client_id cnf act events consents customer_id email email_verified phone_number"
    " phone_number_verified updated_at username"
)
RESERVED: Final = frozenset(_NOT_OF_A_PROFILE.split())
"""Claims that tokens have of their own, or that are identifiers."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its claim name, its label, how a value is read, what is said of it."""

    name: str
    label: Text
    read: Reader = field(repr=False)
    is_localised: bool
    rules: AttributeDocument = field(repr=False)
    is_standard: bool = True

    @property
    def field_name(self) -> str:
        """How its field is called in forms; what is added cannot take the name of another field."""
        return self.name if self.is_standard else f"attribute_{self.name}"

    def label_in(self, language: str) -> Text:
        """Give the label for a reader: the operator's words, else ours."""
        words = in_language(self.rules.labels, language)
        return self.label if words is None else Text("{name}", name=words)

    def hint_in(self, language: str) -> Text | None:
        """Give the hint for a reader, if there is one."""
        words = in_language(self.rules.hints, language)
        return None if words is None else Text("{name}", name=words)

    @property
    def is_required_at_sign_in(self) -> bool:
        """Whether a sign-in is complete only when it is answered."""
        return self.rules.sign_in is not None and self.rules.sign_in.required

    @property
    def types(self) -> frozenset[str]:
        """The types that an operator may give it; those of a standard claim stay text."""
        if not self.is_standard:
            return frozenset(get_args(AttributeType))
        if self.name == "birthdate":
            return frozenset({"date"})
        is_plain = self.name in NAMES or self.name in {"gender", "nickname", "preferred_username"}
        return frozenset({"text", "choice"}) if is_plain else frozenset()

    def may_write(self, who: Who) -> bool:
        """Tell whether they may change it."""
        return (self.rules.customer if who == "customer" else self.rules.services) == "write"

    def may_read(self, who: Who) -> bool:
        """Tell whether they may see it."""
        return (self.rules.customer if who == "customer" else self.rules.services) != "none"


@dataclass(frozen=True)
class Schema:
    """Every attribute, in order."""

    attributes: tuple[Attribute, ...]

    @classmethod
    def of(cls, documents: Iterable[AttributeDocument]) -> Schema:
        """Give the standard claims, with what is written put in place of them or beside."""
        found = dict(ATTRIBUTES)
        for document in documents:
            found[document.key] = _of_document(found.get(document.key), document)
        return cls(tuple(sorted(found.values(), key=lambda one: one.rules.order)))

    @cached_property
    def by_name(self) -> Mapping[str, Attribute]:
        """Every attribute by its claim."""
        return {one.name: one for one in self.attributes}

    @cached_property
    def at_sign_up(self) -> tuple[Attribute, ...]:
        """What is asked of who registers."""
        return tuple(one for one in self.attributes if one.rules.sign_up != "no")

    @cached_property
    def at_sign_in(self) -> tuple[Attribute, ...]:
        """What is asked at a later sign-in: first what is required."""
        asked = [one for one in self.attributes if one.rules.sign_in is not None]
        return tuple(sorted(asked, key=lambda one: not one.is_required_at_sign_in))

    @cached_property
    def in_account(self) -> tuple[Attribute, ...]:
        """What customers change in their profile."""
        return tuple(
            one
            for one in self.attributes
            if one.rules.account and one.may_write("customer") and one.name != "address"
        )

    @cached_property
    def added(self) -> Mapping[str, str]:
        """What an operator added to the standard claims, and the scope that stands for each."""
        return {one.name: one.rules.scope for one in self.attributes if not one.is_standard}

    def split_claim(self, claim: str) -> tuple[Attribute, str]:
        """Give attribute and language tag of a claim name; raise KeyError for an unknown one."""
        name, mark, tag = claim.partition("#")
        attribute = self.by_name[name]
        if not mark:
            return attribute, ""
        if not attribute.is_localised or not TAG.fullmatch(tag):
            raise KeyError(claim)
        return attribute, canonical_tag(tag)

    def is_hidden(self, claim: str, who: Who) -> bool:
        """Tell whether they may not see a claim; what is in no list is not hidden by it."""
        found = self.by_name.get(claim.partition("#")[0])
        return found is not None and not found.may_read(who)

    def read_values(
        self, values: Mapping[str, Any], *, who: Who | None = None, today: date | None = None
    ) -> dict[tuple[str, str], Any]:
        """Read values by claim name; raise FormRefused with every fault.

        Give them by attribute and language tag, None for an empty one. `who` writes them, when
        that is to be checked; `today` is for those that are bounded by it.
        """
        found: dict[tuple[str, str], Any] = {}
        errors: dict[str, Text] = {}
        for claim, value in values.items():
            try:
                attribute, tag = self.split_claim(claim)
                errors |= _check_writer(attribute, claim, who)
                found[attribute.name, tag] = _read(attribute, value, today)
            except KeyError:
                errors[claim] = _UNKNOWN
            except WrongValue as wrong:
                errors.setdefault(claim, wrong.text)
        if errors:
            refused = sorted(name.partition("#")[0] for name in errors)
            raise FormRefused(f"values refused: {', '.join(refused)}"[:200], errors=errors)
        return found


def split_claim(claim: str) -> tuple[Attribute, str]:
    """Give attribute and language tag of a standard claim; raise KeyError for an unknown one."""
    return STANDARD.split_claim(claim)


def read_values(values: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """Read values of standard claims, as `Schema.read_values` does."""
    return STANDARD.read_values(values)


def _read(attribute: Attribute, value: Any, today: date | None) -> Any:  # noqa: ANN401 - what JSON can hold
    if value in (None, "", []) or (isinstance(value, str) and not value.strip()):
        return None
    read = attribute.read(value)
    if today is not None and attribute.rules.type == "date":
        rules, day = attribute.rules, date.fromisoformat(read)
        # Somewhere it is tomorrow already, and somewhere still yesterday.
        is_past, is_to_come = day < today - _ONE_DAY, day > today + _ONE_DAY
        if (rules.earliest == "today" and is_past) or (rules.latest == "today" and is_to_come):
            raise WrongValue(Text("This day is not possible here."))
    return read


def _check_writer(attribute: Attribute, claim: str, who: Who | None) -> dict[str, Text]:
    if who is None or attribute.may_write(who):
        return {}
    return {claim: Text("This cannot be changed here.") if attribute.may_read(who) else _UNKNOWN}


def _of_document(standard: Attribute | None, document: AttributeDocument) -> Attribute:
    """Give an attribute as an operator wrote it; a standard claim is read as its own rules say."""
    if standard is None:
        label = Text("{name}", name=document.key)
        return Attribute(
            document.key, label, reader_of(document), is_localised=False, rules=document,
            is_standard=False,
        )  # fmt: skip
    if document.type is None:
        return replace(standard, rules=document)
    own, typed = standard.read, reader_of(document)
    return replace(standard, read=lambda value: typed(own(value)), rules=document)


def _standard(
    name: str,
    label: Text,
    read: Reader,
    order: int,
    *,
    is_localised: bool = False,
    sign_up: Literal["no", "required"] = "no",
    account: bool = False,
) -> Attribute:
    rules = AttributeDocument(
        key=name, order=order, sign_up=sign_up, account=account, services="write"
    )
    return Attribute(name, label, read, is_localised=is_localised, rules=rules)


_ONE_DAY: Final = timedelta(days=1)
_UNKNOWN: Final = Text("This is not known here.")
_NAME: Final = values_.text_of(80)
_CALLED: Final = Text("Name to be called by")
SCHEMA: Final = (
    _standard("name", Text("Name"), values_.text_of(160), 10, is_localised=True),
    _standard(
        "family_name", Text("Family name"), _NAME, 20,
        is_localised=True, sign_up="required", account=True,
    ),
    _standard(
        "given_name", Text("Given name"), _NAME, 30,
        is_localised=True, sign_up="required", account=True,
    ),
    _standard("middle_name", Text("Middle name"), _NAME, 40, is_localised=True),
    _standard("nickname", Text("Nickname"), _NAME, 50, is_localised=True),
    _standard("preferred_username", _CALLED, _NAME, 60),
    _standard("profile", Text("Profile page"), values_.url, 70, is_localised=True),
    _standard("picture", Text("Picture"), values_.url, 80, is_localised=True),
    _standard("website", Text("Website"), values_.url, 90, is_localised=True),
    _standard("gender", Text("Gender"), values_.text_of(40), 100),
    _standard("birthdate", Text("Date of birth"), values_.birthdate, 110),
    _standard("zoneinfo", Text("Time zone"), values_.zone, 120),
    _standard("locale", Text("Language"), values_.locale, 130, account=True),
    _standard("address", Text("Postal address"), values_.address, 140, is_localised=True),
)  # fmt: skip
ATTRIBUTES: Final[Mapping[str, Attribute]] = {attribute.name: attribute for attribute in SCHEMA}
STANDARD: Final = Schema(SCHEMA)
