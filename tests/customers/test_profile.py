"""The profile: standard claims in every script, read strictly, changed with their history."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ciam.clock import to_epoch_seconds
from ciam.customers.attributes import SCHEMA, canonical_tag, read_values, split_claim
from ciam.customers.profile import change_profile, read_profile
from ciam.errors import FormRefused
from ciam.storage import Database
from ciam.storage.tables.audit import audit_event
from tests.customers.people import EMAIL, make_customer
from tests.parts.clock import FakeClock


def _read(claim: str, value: object) -> object:
    ((read,)) = read_values({claim: value}).values()
    return read


@pytest.mark.parametrize(
    ("claim", "value", "read"),
    [
        ("family_name", "  山田\u3000 ", "山田"),
        ("family_name#ja-kana-jp", "ヤマダ", "ヤマダ"),
        ("given_name", "か\u3099", "が"),
        ("birthdate", "1990-04-01", "1990-04-01"),
        ("birthdate", "1990", "1990"),
        ("birthdate", "0000-02-29", "0000-02-29"),
        ("zoneinfo", "Asia/Tokyo", "Asia/Tokyo"),
        ("locale", "ja_jp", "ja-JP"),
        ("website", "https://example.com/太郎", "https://example.com/太郎"),
        ("gender", "", None),
        ("gender", None, None),
        ("address", {"street_address": "1-2-3\r\n\r\nKanda", "country": "JP", "region": ""},
         {"street_address": "1-2-3\nKanda", "country": "JP"}),
    ],
)  # fmt: skip
def test_a_value_is_read_as_its_claim_says(claim: str, value: object, read: object) -> None:
    assert _read(claim, value) == read


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("family_name", "x" * 81), ("family_name", "a\x00b"), ("family_name", ["a"]),
        ("family_name", False), ("family_name#", "a"), ("family_name#ja_JP", "a"),
        ("birthdate#ja", "1990-04-01"), ("birthdate", "1990-02-30"), ("birthdate", "19900401"),
        ("birthdate", "01.04.1990"), ("birthdate", 1990), ("zoneinfo", "Japan/Kyoto"),
        ("zoneinfo", "../etc"), ("locale", "日本語"), ("website", "javascript:alert(1)"),
        ("website", "https://"), ("picture", "https://[::1"), ("address", "Kanda"),
        ("address", {"planet": "Earth"}), ("address", {"country": 81}), ("address", {}),
        ("email", "taro@example.com"), ("customer_id", "x"), ("address", {"country": "x" * 401}),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_at_its_field(claim: str, value: object) -> None:
    with pytest.raises(FormRefused) as refused:
        read_values({claim: value})
    assert set(refused.value.errors) == {claim}


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(FormRefused) as refused:
        read_values({"birthdate": "x", "zoneinfo": "x", "family_name": "山田"})
    assert set(refused.value.errors) == {"birthdate", "zoneinfo"}


def test_tags_are_written_one_way() -> None:
    assert canonical_tag("JA-kANA-jp") == "ja-Kana-JP"
    attribute, tag = split_claim("family_name#JA-KANA-JP")
    assert (attribute.name, tag) == ("family_name", "ja-Kana-JP")


def test_the_schema_has_every_standard_claim_that_is_no_identifier() -> None:
    """OIDC Core §5.1, Table 1, in its order but for the identifiers and what is computed."""
    assert [attribute.name for attribute in SCHEMA] == [
        "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username",
        "profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "address",
    ]  # fmt: skip


async def test_claims_are_the_values_the_identifiers_and_the_composed_names(
    database: Database, clock: FakeClock
) -> None:
    made = await make_customer(
        database,
        attributes={
            "family_name": "山田", "given_name": "太郎",
            "family_name#ja-Kana-JP": "ヤマダ", "given_name#ja-Kana-JP": "タロウ",
            "family_name#en": "Yamada", "given_name#en": "Taro",
        },
    )  # fmt: skip
    async with database.read() as transaction:
        profile = await read_profile(transaction, made.id)
    assert profile.claims == {
        "family_name": "山田", "given_name": "太郎", "name": "山田 太郎",
        "family_name#ja-Kana-JP": "ヤマダ", "given_name#ja-Kana-JP": "タロウ",
        "name#ja-Kana-JP": "ヤマダ タロウ",
        "family_name#en": "Yamada", "given_name#en": "Taro", "name#en": "Taro Yamada",
        "email": EMAIL, "email_verified": True, "locale": "ja",
        "updated_at": to_epoch_seconds(clock.now()),
    }  # fmt: skip
    assert profile.name == "山田 太郎"
    assert "山田" not in repr(profile)


async def test_only_what_differs_is_changed_and_the_event_names_no_value(
    database: Database, clock: FakeClock
) -> None:
    made = await make_customer(database)
    clock.advance(timedelta(minutes=1))
    async with database.write() as transaction:
        changed = await change_profile(
            transaction,
            made.id,
            {"family_name": " 山田", "given_name": "次郎", "locale": "en", "nickname": ""},
            "account",
        )
    assert changed == ("given_name", "locale")
    async with database.read() as transaction:
        profile = await read_profile(transaction, made.id)
        details = await transaction.connection.scalar(
            select(audit_event.c.details).where(audit_event.c.kind == "profile.changed")
        )
    assert profile.customer.language == "en"
    given = profile.value("given_name")
    assert given is not None
    assert (given.value, given.source, given.observed_at) == ("次郎", "account", clock.now())
    assert "次郎" not in str(details)


async def test_an_empty_value_ends_the_one_before_and_counts_as_an_update(
    database: Database, clock: FakeClock
) -> None:
    made = await make_customer(database)
    clock.advance(timedelta(hours=1))
    async with database.write() as transaction:
        assert await change_profile(transaction, made.id, {"given_name": ""}, "account")
        assert not await change_profile(transaction, made.id, {"given_name": ""}, "account")
    async with database.read() as transaction:
        profile = await read_profile(transaction, made.id)
    assert "given_name" not in profile.claims
    assert profile.updated_at == clock.now()


async def test_there_is_no_profile_of_nobody(database: Database) -> None:
    made = await make_customer(database)
    async with database.read() as transaction:
        with pytest.raises(LookupError):
            await read_profile(transaction, type(made.id)(int=1))
