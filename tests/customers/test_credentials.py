"""Credential events: one commit ends everything that the old password could have opened."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, insert, select

from ciam.audit.trail import Actor
from ciam.customers.credentials import (
    CredentialChanged,
    change_password,
    replace_own_password,
    store_rehashed,
)
from ciam.customers.customer import disable_customer
from ciam.customers.passwords import PasswordHasher
from ciam.errors import FormRefused, TooManyAttempts
from ciam.identifiers import new_id, new_opaque
from ciam.storage import Database
from ciam.storage.stores.customers import Customer
from ciam.storage.stores.sessions import Session
from ciam.storage.tables import clients, grants, journeys, sessions
from tests.customers.people import make_customer

OLD, NEW = "an old password of mine", "a new password of mine"
ACR = "urn:ciam:acr:1"


async def _give_access(database: Database, customer: UUID) -> dict[str, UUID]:
    """Write everything that a password may have opened; give the ids."""
    now, later = database.clock.now(), database.clock.now() + timedelta(days=1)
    ids = {name: new_id() for name in ("client", "grant", "authorization", "device", "trust")}
    ids |= {name: new_id() for name in ("here", "elsewhere", "journey", "this_journey")}
    rows: list[tuple[Table, dict[str, Any]]] = [
        (clients.client, {"id": ids["client"], "client_id": new_opaque(), "document": {},
                          "managed_by": "file", "created_at": now, "updated_at": now}),
        (grants.client_grant, {"id": ids["grant"], "customer": customer, "client": ids["client"],
                               "scopes": ["openid"], "granted_at": now, "updated_at": now}),
        (grants.authorization, {"id": ids["authorization"], "client": ids["client"],
                                "customer": customer, "client_grant": ids["grant"],
                                "subject": "s", "scopes": ["openid"], "audience": [], "epoch": 0,
                                "authenticated_at": now, "acr": ACR, "amr": ["pwd"],
                                "offline": True, "created_at": now, "expires_at": later}),
        (sessions.known_device, {"id": ids["device"], "customer": customer,
                                 "secret_hash": new_id().bytes, "created_at": now,
                                 "last_used_at": now, "expires_at": later}),
        (sessions.trusted_device, {"id": ids["trust"], "customer": customer,
                                   "secret_hash": new_id().bytes, "credential_epoch": 0,
                                   "created_at": now, "last_used_at": now, "expires_at": later}),
    ]  # fmt: skip
    rows += [
        (sessions.customer_session, {
            "id": ids[name], "customer": customer, "secret_hash": new_id().bytes,
            "created_at": now, "authenticated_at": now, "acr": ACR, "amr": ["pwd"],
            "last_seen_at": now, "expires_at": later})
        for name in ("here", "elsewhere")
    ]  # fmt: skip
    rows += [
        (journeys.journey, {
            "id": ids[name], "handle_hash": new_id().bytes, "browser_hash": b"b",
            "kind": "recovery", "sealed_state": b"", "customer": customer, "created_at": now,
            "expires_at": later})
        for name in ("journey", "this_journey")
    ]  # fmt: skip
    async with database.write() as transaction:
        for table, values in rows:
            await transaction.connection.execute(insert(table).values(values))
    return ids


async def _alive(database: Database, ids: dict[str, UUID]) -> set[str]:
    """Give the names of what still opens something."""
    ends = (
        (grants.authorization, grants.authorization.c.revoked_at),
        (sessions.known_device, sessions.known_device.c.revoked_at),
        (sessions.trusted_device, sessions.trusted_device.c.revoked_at),
        (sessions.customer_session, sessions.customer_session.c.ended_at),
        (journeys.journey, journeys.journey.c.finished_at),
    )
    names = {value: name for name, value in ids.items()}
    async with database.read() as transaction:
        return {
            names[row.id]
            for table, end in ends
            for row in await transaction.connection.execute(
                select(table.c.id).where(end.is_(None), table.c.id.in_(names))
            )
        }


async def test_a_new_password_ends_everything_but_where_it_was_set(database: Database) -> None:
    made = await make_customer(database, password_hash="old")
    other = await make_customer(database, "other@example.com")
    ids = await _give_access(database, made.id)
    others = await _give_access(database, other.id)
    async with database.write() as transaction:
        await change_password(
            transaction, made.id, "new",
            keep_session=ids["here"], keep_journey=ids["this_journey"],
        )  # fmt: skip
    assert await _alive(database, ids) == {"here", "this_journey"}
    assert len(await _alive(database, others)) == 7
    async with database.read() as transaction:
        changed = await transaction.customers.find(made.id)
        assert changed is not None
        assert changed.credential_epoch == made.credential_epoch + 1
        passwords = await transaction.authenticators.list_for(made.id)
        assert [password.secret for password in passwords] == [b"new"]


async def test_the_old_hash_is_destroyed_not_kept(database: Database) -> None:
    from ciam.storage.tables.customers import authenticator  # noqa: PLC0415 - only here

    made = await make_customer(database, password_hash="old")
    async with database.write() as transaction:
        await change_password(transaction, made.id, "new")
    async with database.read() as transaction:
        rows = (await transaction.connection.execute(select(authenticator))).all()
    assert sorted((row.removed_at is None, row.sealed_secret is None) for row in rows) == [
        (False, True),
        (True, False),
    ]


async def test_a_disabled_customer_has_nothing_left(database: Database) -> None:
    made = await make_customer(database, password_hash="old")
    ids = await _give_access(database, made.id)
    async with database.write() as transaction:
        await disable_customer(transaction, made.id, "asked", actor=Actor.customer(made.id))
    assert await _alive(database, ids) == set()
    async with database.write() as transaction:
        with pytest.raises(CredentialChanged):
            await change_password(transaction, made.id, "new")


async def test_of_parallel_changes_that_checked_one_password_one_wins(database: Database) -> None:
    made = await make_customer(database, password_hash="old")

    async def change(number: int) -> bool:
        try:
            async with database.write() as transaction:
                await change_password(
                    transaction, made.id, f"new {number}", epoch=made.credential_epoch
                )
        except CredentialChanged:
            return False
        return True

    assert sum(await asyncio.gather(*(change(number) for number in range(12)))) == 1


async def test_without_the_epoch_the_same_race_has_several_winners(database: Database) -> None:
    """The broken twin: a change that does not look whether another came first."""
    made = await make_customer(database, password_hash="old")

    async def change(number: int) -> None:
        async with database.write() as transaction:
            await change_password(transaction, made.id, f"new {number}")

    await asyncio.gather(*(change(number) for number in range(12)))
    async with database.read() as transaction:
        changed = await transaction.customers.find(made.id)
        assert changed is not None
        assert changed.credential_epoch == 12


async def test_a_rehash_ends_nothing_and_never_brings_an_old_password_back(
    database: Database,
) -> None:
    made = await make_customer(database, password_hash="old")
    ids = await _give_access(database, made.id)
    async with database.write() as transaction:
        assert await store_rehashed(transaction, made.id, verified="old", new_hash="old, stronger")
    assert len(await _alive(database, ids)) == 7
    async with database.write() as transaction:
        await change_password(transaction, made.id, "new")
        assert not await store_rehashed(
            transaction, made.id, verified="old, stronger", new_hash="old, strongest"
        )
        password = await transaction.authenticators.find_password(made.id)
        assert password is not None
        assert password.secret == b"new"


async def _own(database: Database, hasher: PasswordHasher) -> tuple[Customer, Session]:
    stored = await hasher.hash(OLD, database.keys)
    made = await make_customer(database, password_hash=stored)
    ids = await _give_access(database, made.id)
    now = database.clock.now()
    session = Session(
        id=ids["here"], customer=made.id, authenticated_at=now, acr=ACR, amr=("pwd",),
        created_at=now, expires_at=now + timedelta(days=1), last_seen_at=now,
    )  # fmt: skip
    return made, session


async def test_whoever_knows_the_current_password_changes_it(database: Database) -> None:
    hasher = PasswordHasher(1)
    made, session = await _own(database, hasher)
    await replace_own_password(database, hasher, session, current=OLD, new=NEW)
    async with database.read() as transaction:
        stored = await transaction.authenticators.find_password(made.id)
    assert stored is not None
    assert stored.secret is not None
    assert (await hasher.verify(stored.secret.decode(), NEW, database.keys)).matches
    hasher.close()


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("not my password", NEW, "current_password"),
        (OLD, "short", "password"),
        (OLD, OLD, "password"),
        (OLD, "taro.yamada1", "password"),
    ],
)
async def test_a_change_that_does_not_fit_changes_nothing(
    database: Database, current: str, new: str, field: str
) -> None:
    hasher = PasswordHasher(1)
    made, session = await _own(database, hasher)
    with pytest.raises(FormRefused) as refused:
        await replace_own_password(database, hasher, session, current=current, new=new)
    assert set(refused.value.errors) == {field}
    async with database.read() as transaction:
        after = await transaction.customers.find(made.id)
    assert after == made
    hasher.close()


async def test_guesses_at_the_current_password_run_out(database: Database) -> None:
    hasher = PasswordHasher(2)
    _made, session = await _own(database, hasher)

    async def guess(number: int) -> bool:
        try:
            await replace_own_password(
                database, hasher, session, current=f"guess {number}", new=NEW
            )
        except TooManyAttempts:
            return False
        except FormRefused:
            return True
        raise AssertionError(number)

    evaluated = await asyncio.gather(*(guess(number) for number in range(25)))
    assert sum(evaluated) == 10
    with pytest.raises(TooManyAttempts):
        await replace_own_password(database, hasher, session, current=OLD, new=NEW)
    hasher.close()


async def test_every_proven_address_is_told_in_the_same_commit(database: Database) -> None:
    made = await make_customer(database, password_hash="old")
    async with database.write() as transaction:
        await transaction.identifiers.add(
            made.id, "email", "second@example.com", source="account",
            verified_at=database.clock.now(),
        )  # fmt: skip
        await transaction.identifiers.add(made.id, "email", "sheet@example.com", source="import:1")
        await change_password(transaction, made.id, "new")
    async with database.write() as transaction:
        jobs = await transaction.outbox.claim("test", limit=10, duration=timedelta(seconds=1))
    told = sorted(str(job.payload["to"]) for job in jobs if job.kind == "send_mail")
    assert told == ["Taro.Yamada@example.jp", "second@example.com"]
