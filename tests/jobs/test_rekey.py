"""Rotation of every symmetric key: nothing is lost, names stay unique, old keys go (D-02)."""

import ast
import base64
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

import ciam.storage.stores
from ciam.audit.reconcile import find_orphans
from ciam.customers.passwords import PasswordHasher
from ciam.customers.peppers import is_newest
from ciam.errors import Misconfigured
from ciam.jobs import rekey as job
from ciam.jobs.purge_expired import purge_expired
from ciam.keys.master import parse_master
from ciam.keys.rotation import LIVES_ON, KeyVersion, list_key_versions, remove_server_key
from ciam.keys.server import KNOWN_AFTER, load_server_keys, rotate_server_key
from ciam.keys.signing import ensure_signing_keys, sign_jwt, verify_jwt
from ciam.sealing import SERVER_KEY_USES, KeyRing, SealingKey, new_key
from ciam.storage import Database
from ciam.storage.stores.blind_index import BlindIndex
from ciam.storage.stores.customers import Customer
from ciam.storage.stores.external_identities import ExternalIdentity
from ciam.storage.stores.sealed_rows import RECORDS
from ciam.storage.stores.store import Store
from tests.customers.people import make_customer
from tests.parts.clock import FakeClock

ONE, TWO = os.urandom(32), os.urandom(32)
ISSUER = "https://idp.example.com"
PASSWORD = "wakatake-no-tenugui"
CODE = "ABCDE12345"
PEOPLE = 5


@pytest.fixture
async def database(database_url: str, clock: FakeClock) -> AsyncIterator[Database]:
    opened = await open_node(database_url, clock, 1)
    yield opened
    await opened.close()


async def open_node(database_url: str, clock: FakeClock, *masters: int) -> Database:
    keys = KeyRing.of(*(SealingKey(number, (ONE, TWO)[number - 1]) for number in masters))
    opened = Database.open(database_url, clock, keys)
    await load_server_keys(opened)
    return opened


async def make_people(database: Database, hasher: PasswordHasher) -> list[Customer]:
    """Make customers of whom something lies under each key."""
    await ensure_signing_keys(database)
    people = []
    for number in range(PEOPLE):
        stored = await hasher.hash(PASSWORD, database.keys)
        one = await make_customer(database, f"person.{number}@example.jp", password_hash=stored)
        people.append(one)
        async with database.write() as transaction:
            await transaction.external_identities.link(
                one.id, ISSUER, f"subject-{number}", connection="line"
            )
            await transaction.provider_tokens.keep(
                ISSUER,
                f"subject-{number}",
                connection="line",
                tokens={"refresh_token": "x"},
                expires_at=None,
            )
            await transaction.recovery_codes.replace_all(one.id, [CODE])
            await transaction.operators.put(
                name="Ichiro",
                email=f"op.{number}@example.jp",
                lookup=f"op.{number}@example.jp",
                roles=["owner"],
                password=stored,
                seed="SEED",
                used_step=0,
            )
            await transaction.outbox.put("send_mail", {"n": number})
            done = await transaction.outbox.put("done", {})
            await transaction.outbox.mark_done(done)
    return people


async def check_people(
    database: Database, hasher: PasswordHasher, people: list[Customer], *, uses_codes: bool = True
) -> None:
    """Expect that everything is found and opens."""
    for number, one in enumerate(people):
        async with database.write() as transaction:
            found = await transaction.identifiers.find_login(f"person.{number}@example.jp")
            assert found is not None
            assert found.customer == one.id
            linked = await transaction.external_identities.find(ISSUER, f"subject-{number}")
            assert linked is not None
            assert linked.customer == one.id
            assert await transaction.provider_tokens.find(ISSUER, f"subject-{number}")
            operator = await transaction.operators.find_by_email(f"op.{number}@example.jp")
            assert operator is not None
            assert operator.seed == "SEED"
            stored = await transaction.authenticators.find_password(one.id)
            assert stored is not None
            assert stored.secret is not None
            if uses_codes:
                assert await transaction.recovery_codes.use(one.id, CODE)
        for password in (stored.secret.decode(), operator.password):
            assert (await hasher.verify(password, PASSWORD, database.keys)).matches
    async with database.write() as transaction:
        jobs = await transaction.outbox.claim(
            "test", limit=50, duration=timedelta(0), kinds=("send_mail",)
        )
        assert sorted(one.payload["n"] for one in jobs if "n" in one.payload) == list(range(PEOPLE))
        token = await sign_jwt(transaction, {"a": 1}, typ="at+jwt")
        assert await verify_jwt(transaction, token, typ="at+jwt") == {"a": 1}
    assert await find_orphans_of_people(database) == []


async def find_orphans_of_people(database: Database) -> list[str]:
    """Leave out the jobs of this test, which have no event."""
    return [one for one in await find_orphans(database) if "job" not in one]


async def rotate(database: Database, clock: FakeClock, *uses: str) -> None:
    async with database.write() as transaction:
        for use in uses:
            await rotate_server_key(transaction, use)
    clock.advance(KNOWN_AFTER)
    await load_server_keys(database)


async def versions(database: Database, use: str) -> list[KeyVersion]:
    async with database.read() as transaction:
        return [one for one in await list_key_versions(transaction) if one.use == use]


async def count_left(database: Database) -> int:
    """Count what still lies under any older key."""
    async with database.read() as transaction:
        return sum(one.rows for one in await list_key_versions(transaction))


async def remove(database: Database, use: str, version: int = 1) -> None:
    async with database.write() as transaction:
        await remove_server_key(transaction, use, version)


async def test_every_key_rotates_and_the_old_one_goes(
    database: Database, database_url: str, clock: FakeClock
) -> None:
    hasher = PasswordHasher(1)
    people = await make_people(database, hasher)
    await database.close()
    node = await open_node(database_url, clock, 1, 2)
    await rotate(node, clock, *SERVER_KEY_USES, "master")
    await check_people(node, hasher, people, uses_codes=False)
    for use in ("index", "pepper", "records", "master"):
        with pytest.raises(Misconfigured, match="rows still lie under"):
            await remove(node, use)
    await job.rekey(node)
    for use in (*SERVER_KEY_USES, "master"):
        assert [one.rows for one in await versions(node, use) if one.version == 1] == [0]
        with pytest.raises(Misconfigured, match="may be about until"):
            await remove(node, use)
    clock.advance(max(LIVES_ON.values()))
    for use in (*SERVER_KEY_USES, "master"):
        await remove(node, use)
    await node.close()
    node = await open_node(database_url, clock, 2)
    assert all(set(getattr(node.keys, use).keys) == {2} for use in SERVER_KEY_USES)
    await purge_expired(node)
    await check_people(node, hasher, people)
    async with node.read() as transaction:
        for one in people:
            stored = await transaction.authenticators.find_password(one.id)
            assert stored is not None
            assert is_newest((stored.secret or b"").decode(), node.keys.pepper)
    hasher.close()
    await node.close()


async def test_a_job_that_dies_anywhere_goes_on_where_it_was(
    database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasher = PasswordHasher(1)
    people = await make_people(database, hasher)
    await rotate(database, clock, "index", "pepper", "records")
    monkeypatch.setattr(job, "BATCH", 1)
    writes, real = 0, database.write

    def dies_at(last: int) -> None:
        nonlocal writes
        writes = 0

        def write() -> object:
            nonlocal writes
            writes += 1
            if writes > last:
                raise KeyboardInterrupt
            return real()

        monkeypatch.setattr(database, "write", write)

    for last in (1, 3, 2, 7, 5):
        dies_at(last)
        with pytest.raises(KeyboardInterrupt):
            await job.rekey(database)
    monkeypatch.setattr(database, "write", real)
    assert await count_left(database) > 0
    await check_people(database, hasher, people, uses_codes=False)
    await job.rekey(database)
    await job.rekey(database)  # once more changes nothing
    assert await count_left(database) == 0
    await check_people(database, hasher, people)
    hasher.close()


async def link_at(node: Database, customer: Customer) -> ExternalIdentity | None:
    async with node.write() as transaction:
        return await transaction.external_identities.link(
            customer.id, ISSUER, "the same", connection="line"
        )


async def claim_newest(index: BlindIndex, store: Store, row: UUID, *name: str) -> bool:
    """Be the broken twin: unique under the key that seals alone."""
    return await index.catch_up(store, row, *name)


@pytest.mark.parametrize("is_twin", [False, True])
async def test_nodes_that_seal_with_different_keys_link_an_identity_once(
    *,
    is_twin: bool,
    database: Database,
    database_url: str,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if is_twin:
        monkeypatch.setattr(BlindIndex, "claim", claim_newest)
    people = [await make_customer(database, f"{name}@example.jp") for name in ("one", "other")]
    async with database.write() as transaction:
        await rotate_server_key(transaction, "index")
    clock.advance(KNOWN_AFTER)
    newer = await open_node(database_url, clock, 1)  # seals with 2; the other knows 1 alone
    first, second = await link_at(database, people[0]), await link_at(newer, people[1])
    assert first is not None
    assert (second is not None) == is_twin
    await newer.close()


async def test_nodes_that_seal_with_different_keys_make_an_operator_once(
    database: Database, database_url: str, clock: FakeClock
) -> None:
    async with database.write() as transaction:
        await rotate_server_key(transaction, "index")
    clock.advance(KNOWN_AFTER)
    newer = await open_node(database_url, clock, 1)
    made = []
    for node in (newer, database):
        async with node.write() as transaction:
            row = await transaction.operators.put(
                name="Ichiro",
                email="op@example.jp",
                lookup="op@example.jp",
                roles=["owner"],
                password="x",
                seed="SEED",
                used_step=0,
            )
            made.append(row)
    assert made[0] is not None
    async with newer.read() as transaction:
        assert len(await transaction.operators.list_all()) == 1
    await newer.close()


async def test_counters_of_attempts_go_on_through_a_rotation(
    database: Database, clock: FakeClock
) -> None:
    async def reserve(node: Database) -> int:
        async with node.write() as transaction:
            attempt = await transaction.attempts.reserve(
                "sign_in", "somebody", allowed=5, window=timedelta(hours=1)
            )
            return attempt.count

    assert [await reserve(database) for _ in range(3)] == [1, 2, 3]
    await rotate(database, clock, "index")
    assert [await reserve(database) for _ in range(3)] == [4, 5, 6]


async def test_a_node_without_the_newer_master_key_is_told(
    database: Database, database_url: str, clock: FakeClock
) -> None:
    with pytest.raises(Misconfigured, match="append 2:KEY"):
        async with database.write() as transaction:
            await rotate_server_key(transaction, "master")
    both = await open_node(database_url, clock, 1, 2)
    assert both.keys.master.newest.version == 1
    await rotate(both, clock, "master")
    assert both.keys.master.newest.version == 2
    with pytest.raises(Misconfigured, match="does not fit"):
        await load_server_keys(database)
    await both.close()


def test_a_master_key_says_its_version() -> None:
    text, other = (base64.urlsafe_b64encode(one).decode().rstrip("=") for one in (ONE, TWO))
    assert set(parse_master(f"{text} 2:{other}", "here").keys) == {1, 2}
    assert set(parse_master(f"2:{other}", "here").keys) == {2}
    for wrong in (f"two:{text}", f":{text}", f"{text} 1:{other}", f"02:{text}", f"2:{text}:"):
        with pytest.raises(Misconfigured):
            parse_master(wrong, "here")


def test_whatever_is_sealed_as_a_record_is_moved() -> None:
    folder = Path(ciam.storage.stores.__path__[0])
    sealed = [
        node
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "seal_record"
    ]
    names = {call.args[1].value for call in sealed if isinstance(call.args[1], ast.Constant)}
    assert len(names) == len({one.name for one in RECORDS})
    assert names == {one.name for one in RECORDS}


async def test_a_key_that_is_in_use_cannot_be_removed(database: Database) -> None:
    with pytest.raises(Misconfigured, match="in use"):
        await remove(database, "cookie")
    with pytest.raises(Misconfigured, match="there is no key"):
        await remove(database, "cookie", 7)
    assert new_key(3).version == 3
