"""Attributes that an operator defines: read by type and bounds, with a clear sentence for each."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ciam.customers.attribute_document import AttributeDocument
from ciam.customers.attribute_forms import read_form, show_values
from ciam.customers.attributes import STANDARD, Schema
from ciam.customers.definitions import list_definitions, load_schema, put_definition
from ciam.customers.profile import change_profile, read_profile
from ciam.errors import FormRefused, Misconfigured
from ciam.storage import Database
from tests.customers.people import make_customer
from tests.factories.attributes import INTERESTS, define

TODAY = date(2026, 11, 30)
WORDS = {"en": "A thing", "ja": "もの"}
TYPES: dict[str, dict[str, Any]] = {
    "text": {"min_length": 2, "max_length": 10},
    "long_text": {"max_length": 30},
    "date": {"earliest": "1900-01-01", "latest": "today"},
    "number": {"minimum": -5, "maximum": 100},
    "yes_no": {},
    "choice": {"choices": INTERESTS},
    "choices": {"choices": INTERESTS},
    "country": {},
    "url": {},
}


def _schema(kind: str, **more: Any) -> Schema:  # noqa: ANN401 - as a file says it
    document = {"key": "thing", "type": kind, "labels": WORDS, **TYPES[kind], **more}
    return Schema.of([AttributeDocument.model_validate(document)])


def _read(kind: str, value: object) -> object:
    return _schema(kind).read_values({"thing": value}, who="customer", today=TODAY)["thing", ""]


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        ("text", " か\u3099く ", "がく"),
        ("text", "", None),
        ("text", "  ", None),
        ("long_text", "one\r\n\r\ntwo\n", "one\n\ntwo"),
        ("date", "2026-11-30", "2026-11-30"),
        ("date", "１９９０/０４/０１", "1990-04-01"),
        ("date", "2026-12-01", "2026-12-01"),  # tomorrow has begun somewhere
        ("number", "１２", 12),
        ("number", "-5", -5),
        ("number", 0, 0),
        ("number", " 7 ", 7),
        ("yes_no", "yes", True),
        ("yes_no", False, False),
        ("yes_no", "no", False),
        ("choice", "music", "music"),
        ("choices", "books, music", ["music", "books"]),
        ("choices", ["sports", "sports"], ["sports"]),
        ("choices", [], None),
        ("choices", ",", None),
        ("country", "jp", "JP"),
        ("url", "https://example.jp/a", "https://example.jp/a"),
    ],
)
def test_a_value_is_read_by_its_type(kind: str, value: object, read: object) -> None:
    assert _read(kind, value) == read


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("text", "a", "Use at least 2 characters."),
        ("text", "a" * 11, "Use at most 10 characters."),
        ("text", 5, "Enter text."),
        ("text", "a\x00b", "Use letters, digits, signs and spaces only."),
        ("long_text", "a\n" * 20, "Use at most 30 characters."),
        ("date", "2026-02-30", "Enter a date like 1990-04-01."),
        ("date", "20260101", "Enter a date like 1990-04-01."),
        ("date", "1899-12-31", "Enter a date from 1900-01-01 on."),
        ("date", "2026-12-02", "This day is not possible here."),
        ("number", "1.5", "Enter a whole number, in digits."),
        ("number", True, "Enter a whole number, in digits."),
        ("number", 1e3, "Enter a whole number, in digits."),
        ("number", "9" * 400, "Enter a whole number, in digits."),
        ("number", "-6", "Enter -5 or more."),
        ("number", 101, "Enter 100 or less."),
        ("yes_no", "maybe", "Choose yes or no."),
        ("yes_no", 1, "Choose yes or no."),
        ("choice", "chess", "Choose one of the list."),
        ("choice", ["music"], "Choose one of the list."),
        ("choices", "music,chess", "Choose from the list."),
        ("choices", [1], "Choose from the list."),
        ("country", "ZZ", "Choose a country from the list."),
        ("url", "javascript:alert(1)", "Enter a web address that begins with https://."),
    ],
)
def test_what_does_not_fit_has_its_sentence(kind: str, value: object, said: str) -> None:
    with pytest.raises(FormRefused) as refused:
        _read(kind, value)
    assert {name: str(text) for name, text in refused.value.errors.items()} == {"thing": said}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@settings(print_blob=True, max_examples=300, deadline=None)
@given(kind=st.sampled_from(sorted(TYPES)), value=_JSON)
def test_whatever_is_sent_is_read_or_refused_with_a_sentence(kind: str, value: object) -> None:
    schema = _schema(kind)
    try:
        read = schema.read_values({"thing": value}, who="customer", today=TODAY)["thing", ""]
    except FormRefused as refused:
        errors = {name: str(text) for name, text in refused.errors.items()}
        if list(errors) != ["thing"] or not errors["thing"]:
            pytest.fail(f"refused without a sentence for its field: {errors}")
    else:
        again = schema.read_values({"thing": read}, who="customer", today=TODAY)["thing", ""]
        assert again == read, "what is stored is read as it is"


@settings(print_blob=True, max_examples=300, deadline=None)
@given(kind=st.sampled_from(sorted(TYPES)), typed=st.text(max_size=60), ticked=st.text(max_size=9))
def test_whatever_is_typed_is_read_or_refused_at_its_field(
    kind: str, typed: str, ticked: str
) -> None:
    schema = _schema(kind)
    attribute = schema.by_name["thing"]
    form = {"attribute_thing": typed, f"attribute_thing.{ticked}": "yes"}
    try:
        values = read_form(
            schema, [attribute], form, required={"thing"}, language="en", today=TODAY
        )
    except FormRefused as refused:
        if set(refused.errors) != {"attribute_thing"}:
            pytest.fail(f"refused at another field: {refused.errors}")
    else:
        shown = show_values([attribute], values)
        assert (
            read_form(schema, [attribute], shown, required={"thing"}, language="en", today=TODAY)
            == values
        )


def test_a_pattern_that_would_never_end_is_answered_at_once() -> None:
    schema = _schema("text", pattern="(a+)+b", hints=WORDS, min_length=1, max_length=400)
    with pytest.raises(FormRefused) as refused:
        schema.read_values({"thing": "a" * 400}, today=TODAY)
    assert str(refused.value.errors["thing"]) == "This does not have the form that is asked for."


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"type": "text", "pattern": "(a"}, "not a pattern that is read here"),
        ({"type": "text", "pattern": "a"}, "a pattern needs hints"),
        ({"type": "text", "choices": INTERESTS}, "only for the type choice, choices"),
        ({"type": "number", "max_length": 4}, "only for the type long_text, text"),
        ({"type": "choice"}, "choices are missing"),
        ({"type": "choice", "choices": [*INTERESTS, INTERESTS[0]]}, "a choice stands here twice"),
        ({"type": "number", "minimum": 2, "maximum": 1}, "minimum is above maximum"),
        ({"type": "date", "earliest": "2026-01-02", "latest": "2026-01-01"}, "earliest is after"),
        ({"type": "text", "min_length": 5, "max_length": 4}, "min_length is above max_length"),
        ({"type": "text", "customer": "read", "sign_up": "optional"}, "customer: write"),
        ({"type": "text", "customer": "none", "sign_in": {}}, "customer: write"),
        ({"type": "text", "colour": "red"}, "Extra inputs are not permitted"),
    ],
)
def test_a_definition_that_does_not_fit_together_is_refused(
    document: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        AttributeDocument.model_validate({"key": "thing", "labels": WORDS, **document})


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"key": "sub", "type": "text", "labels": WORDS}, "not an attribute of a profile"),
        ({"key": "email", "type": "text", "labels": WORDS}, "not an attribute of a profile"),
        ({"key": "thing", "labels": WORDS}, "type is missing"),
        ({"key": "thing", "type": "text"}, "labels are missing"),
        ({"key": "zoneinfo", "type": "text"}, "A standard claim has another type"),
        ({"key": "birthdate", "type": "number"}, "A standard claim has another type"),
        ({"key": "address", "sign_up": "optional"}, "cannot be asked for yet"),
    ],
)
async def test_a_claim_that_cannot_be_one_is_refused(
    database: Database, document: dict[str, Any], said: str
) -> None:
    async with database.write() as transaction:
        with pytest.raises(Misconfigured, match=said):
            await put_definition(
                transaction, AttributeDocument.model_validate(document), managed_by="file"
            )


async def test_a_type_never_changes(database: Database) -> None:
    await define(database, "thing", type="text", labels=WORDS)
    with pytest.raises(Misconfigured, match="type is text"):
        await define(database, "thing", type="number", labels=WORDS)


async def test_a_definition_is_stored_found_and_cached_anew(database: Database) -> None:
    async with database.read() as transaction:
        assert (await load_schema(transaction)).attributes == STANDARD.attributes
    await define(database, "thing", type="number", labels=WORDS, order=5, minimum=1)
    async with database.read() as transaction:
        schema = await load_schema(transaction)
        [stored] = await list_definitions(transaction)
    assert schema.attributes[0].name == "thing", "in its order"
    assert (stored.key, stored.minimum) == ("thing", 1)
    assert dict(schema.added) == {"thing": "profile"}
    assert str(schema.by_name["thing"].label_in("ja-JP")) == "もの"


async def test_rights_decide_who_writes(database: Database) -> None:
    made = await make_customer(database)
    await define(database, "level", type="number", labels=WORDS, customer="read", services="write")
    await define(database, "score", type="number", labels=WORDS, customer="none", services="write")
    async with database.write() as transaction:
        for claim, said in (("level", "cannot be changed"), ("score", "not known here")):
            with pytest.raises(FormRefused) as refused:
                await change_profile(transaction, made.id, {claim: 3}, "account")
            assert said in str(refused.value.errors[claim])
        changed = await change_profile(
            transaction, made.id, {"level": 3, "score": 70}, "api:crm", who="service"
        )
    assert changed == ("level", "score")
    async with database.read() as transaction:
        profile = await read_profile(transaction, made.id)
    assert (profile.claims["level"], profile.claims["score"]) == (3, 70)


async def test_a_definition_of_a_standard_claim_stands_in_its_place(database: Database) -> None:
    await define(
        database, "gender", type="choice", labels={"en": "Salutation"}, sign_up="optional",
        choices=[{"value": "female", "labels": {"en": "Ms"}}],
    )  # fmt: skip
    await define(database, "family_name", sign_up="optional")
    async with database.read() as transaction:
        schema = await load_schema(transaction)
    assert [one.name for one in schema.at_sign_up] == ["given_name", "family_name", "gender"]
    assert str(schema.by_name["family_name"].label_in("en")) == "Family name"
    assert schema.by_name["family_name"].is_localised
    with pytest.raises(FormRefused):
        schema.read_values({"gender": "x"})
    assert schema.read_values({"gender": "female"}) == {("gender", ""): "female"}
