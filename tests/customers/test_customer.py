"""Customers: made whole or not at all, one for each address, sealed where they lie."""

import asyncio
import dataclasses
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.engine import make_url

from ciam.audit.trail import Actor
from ciam.customers.customer import (
    AddressTaken,
    create_customer,
    disable_customer,
    enable_customer,
)
from ciam.customers.identifiers import normalise_login
from ciam.customers.profile import change_profile
from ciam.errors import FormRefused
from ciam.sealing import KeyRing, SealBroken, new_key
from ciam.storage import Database
from ciam.storage.stores.customer_keys import CustomerKeyDestroyed
from ciam.storage.tables import customers as tables
from ciam.storage.tables import metadata
from tests.customers.people import EMAIL, make_customer
from tests.parts.clock import FakeClock

VARIANTS = (
    "taro@例え.jp",
    "TARO@例え.JP",
    "ｔａｒｏ＠例え．ｊｐ",
    "taro@xn--r8jz45g.jp",
    " Taro@例え。jp ",
)


async def _count(database: Database) -> dict[str, int]:
    """Count the rows of each table that a customer has rows in."""
    async with database.read() as transaction:
        return {
            table.name: await transaction.connection.scalar(select(func.count()).select_from(table))
            or 0
            for table in (
                tables.customer,
                tables.identifier,
                tables.identifier_index,
                tables.attribute_value,
                tables.authenticator,
                metadata.tables["customer_key"],
                metadata.tables["audit_event"],
            )
        }


async def test_a_customer_is_found_by_everything_that_points_at_them(database: Database) -> None:
    made = await make_customer(database, password_hash="hash")
    async with database.read() as transaction:
        assert await transaction.customers.find(made.id) == made
        assert await transaction.customers.find_by_customer_id(made.customer_id) == made
        found = await transaction.identifiers.find_login(normalise_login("taro.yamada@EXAMPLE.jp"))
        assert found is not None
        assert (found.customer, found.value, found.is_login) == (made.id, EMAIL, True)
        password = await transaction.authenticators.find_password(made.id)
        assert password is not None
        assert password.secret == b"hash"
        assert await transaction.identifiers.find_login("jiro@example.jp") is None
    assert re.fullmatch(r"cus_[0-9a-z]{24}", made.customer_id)


async def test_a_taken_address_leaves_nothing_behind_though_the_caller_goes_on(
    database: Database,
) -> None:
    first = await make_customer(database)
    before = await _count(database)
    async with database.write() as transaction:
        with pytest.raises(AddressTaken) as taken:
            await create_customer(
                transaction, email="TARO.yamada@example.jp", email_verified_at=None,
                password_hash="hash", attributes={"family_name": "Sato"}, language="en",
                source="sign_up",
            )  # fmt: skip
    assert taken.value.customer == first.id
    assert await _count(database) == before


async def test_a_value_that_does_not_fit_makes_no_customer(database: Database) -> None:
    with pytest.raises(FormRefused) as refused:
        await make_customer(database, attributes={"birthdate": "soon", "shoe_size": "27"})
    assert set(refused.value.errors) == {"birthdate", "shoe_size"}
    assert set((await _count(database)).values()) == {0}


async def test_parallel_sign_ups_for_one_address_make_one_customer(database: Database) -> None:
    """C-04, with every way of typing the address."""

    async def sign_up(number: int) -> bool:
        try:
            await make_customer(database, VARIANTS[number % len(VARIANTS)])
        except AddressTaken:
            return False
        return True

    wins = await asyncio.gather(*(sign_up(number) for number in range(20)))
    counts = await _count(database)
    assert sum(wins) == counts["customer"] == counts["identifier"] == counts["customer_key"] == 1


async def test_the_race_is_wide_enough_to_catch_look_then_write(database: Database) -> None:
    """The broken twin: whoever looks first and writes later makes several customers."""

    async def sign_up(number: int) -> bool:
        login = normalise_login(VARIANTS[number % len(VARIANTS)])
        async with database.read() as transaction:
            if await transaction.identifiers.find_login(login) is not None:
                return False
        async with database.write() as transaction:
            customer = await transaction.customers.insert_new(language="ja")
            await transaction.identifiers.add(
                customer.id, "email", login, source="twin", login=login
            )
        return True

    wins = await asyncio.gather(*(sign_up(number) for number in range(20)))
    assert sum(wins) > 1


async def test_a_contact_value_may_be_shared_and_a_removed_name_is_free(database: Database) -> None:
    one = await make_customer(database, "one@example.com")
    other = await make_customer(database, "other@example.com")
    async with database.write() as transaction:
        for customer in (one, other):
            added = await transaction.identifiers.add(
                customer.id, "email", "family@example.com", source="import:1"
            )
            assert added is not None
            assert not added.is_login
        held = await transaction.identifiers.find_login("one@example.com")
        assert held is not None
        await transaction.identifiers.remove(held.id)
    async with database.write() as transaction:
        assert await transaction.identifiers.find_login("one@example.com") is None
        taken = await transaction.identifiers.add(
            other.id, "email", "one@example.com", source="account", login="one@example.com"
        )
        assert taken is not None
        assert len(await transaction.identifiers.list_for(one.id)) == 1


async def test_a_name_stays_taken_while_the_index_key_rotates(
    database: Database, clock: FakeClock
) -> None:
    made = await make_customer(database, "taro@example.com")
    ring = database.keys.index
    both = KeyRing.of(*ring.keys.values(), new_key(2))
    rotating = Database(database.engines, clock, ring)
    rotating.keys = dataclasses.replace(database.keys, index=both)
    with pytest.raises(AddressTaken):
        await make_customer(rotating, "taro@example.com")
    await make_customer(rotating, "jiro@example.com")
    with pytest.raises(AddressTaken):  # a node that does not know the new key yet
        await make_customer(database, "jiro@example.com")
    async with rotating.read() as transaction:
        found = await transaction.identifiers.find_login("taro@example.com")
        assert found is not None
        assert found.customer == made.id


async def test_a_social_identity_belongs_to_one_customer(database: Database) -> None:
    """C-05: parallel links of one (issuer, subject) from two customers."""
    people = [await make_customer(database, f"{name}@example.com") for name in ("one", "other")]

    async def link(number: int) -> bool:
        async with database.write() as transaction:
            linked = await transaction.external_identities.link(
                people[number % 2].id, "https://id.example.com", "subject-1", connection="demo"
            )
            return linked is not None

    assert sum(await asyncio.gather(*(link(number) for number in range(12)))) == 1
    async with database.write() as transaction:
        found = await transaction.external_identities.find("https://id.example.com", "subject-1")
        assert found is not None
        assert found.subject == "subject-1"
        assert (
            await transaction.external_identities.find("https://id.example.org", "subject-1")
            is None
        )
        assert await transaction.external_identities.unlink(found.id)
        assert not await transaction.external_identities.unlink(found.id)


async def test_a_customer_is_disabled_once_and_enabled_again(database: Database) -> None:
    made = await make_customer(database)
    actor = Actor.customer(made.id)
    async with database.write() as transaction:
        assert await disable_customer(transaction, made.id, "asked", actor=actor)
        assert not await disable_customer(transaction, made.id, "asked", actor=actor)
        disabled = await transaction.customers.find(made.id)
        assert disabled is not None
        assert not disabled.is_active
        assert disabled.credential_epoch == made.credential_epoch + 1
        assert await enable_customer(transaction, made.id, "asked", actor=actor)


async def test_nothing_about_a_person_is_readable_in_the_database(database: Database) -> None:
    """D-01: every value of every table, and on SQLite the file itself and its log."""
    canaries = ("canary-address", "カナリア姓", "カナリア名", "canary-subject", "canary-hash")
    made = await make_customer(
        database,
        f"{canaries[0]}@example.jp",
        attributes={"family_name": canaries[1], "family_name#ja-Kana-JP": canaries[2]},
        password_hash=canaries[4],
    )
    async with database.write() as transaction:
        await transaction.external_identities.link(
            made.id, "https://id.example.com", canaries[3], connection="demo"
        )
        await change_profile(transaction, made.id, {"family_name": "後"}, "account")
    dump = await _dump(database)
    assert len(dump) > 1000
    for canary in canaries:
        for form in (canary.encode(), canary.encode("utf-16-le"), canary.encode().hex().encode()):
            assert form not in dump


async def test_a_sealed_value_moved_to_another_row_does_not_open(database: Database) -> None:
    one = await make_customer(database, "one@example.com")
    value = tables.attribute_value
    async with database.write() as transaction:
        rows = (
            await transaction.connection.execute(
                select(value.c.id, value.c.sealed_value).where(value.c.customer == one.id)
            )
        ).all()
        await transaction.connection.execute(
            update(value).where(value.c.id == rows[0].id).values(sealed_value=rows[1].sealed_value)
        )
    async with database.read() as transaction:
        with pytest.raises(SealBroken):
            await transaction.attributes.list_current(one.id)


async def test_without_their_key_nothing_of_a_customer_opens(database: Database) -> None:
    made = await make_customer(database)
    async with database.write() as transaction:
        await transaction.customer_keys.destroy(made.id)
    async with database.read() as transaction:
        with pytest.raises(CustomerKeyDestroyed):
            await transaction.identifiers.list_for(made.id)


async def test_a_value_that_was_replaced_stays_as_history(
    database: Database, clock: FakeClock
) -> None:
    made = await make_customer(database)
    clock.advance(timedelta(days=1))
    async with database.write() as transaction:
        await change_profile(transaction, made.id, {"family_name": "佐藤"}, "account")
    value = tables.attribute_value
    async with database.read() as transaction:
        rows = (
            await transaction.connection.execute(
                select(value.c.source, value.c.superseded_at)
                .where(value.c.attribute == "family_name")
                .order_by(value.c.observed_at)
            )
        ).all()
    assert [tuple(row) for row in rows] == [("sign_up", clock.now()), ("account", None)]


async def _dump(database: Database) -> bytes:
    parts = []
    async with database.read() as transaction:
        for table in metadata.sorted_tables:
            for row in await transaction.connection.execute(text(f'SELECT * FROM "{table.name}"')):  # noqa: S608 - names of our own tables
                parts += [
                    bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row
                ]
    if database.is_sqlite:
        path = make_url(str(database.engines.writing.url)).database
        assert path is not None
        for suffix in ("", "-wal"):
            with open(path + suffix, "rb") as file:  # noqa: ASYNC230, PTH123 - a test may wait
                parts.append(file.read())
    return b"\n".join(parts)
