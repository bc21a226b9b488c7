"""Plan, ownership, pruning and export: what a file may change, and that it says so before."""

from pathlib import Path

import pytest

from ciam.administration.config.apply import Outcome, apply_config
from ciam.administration.config.export import export_config
from ciam.administration.config.loading import check_secrets, load_config
from ciam.administration.config.plan import plan_config
from ciam.errors import Misconfigured
from ciam.storage import Database
from ciam.storage.tables import metadata
from tests.administration.config.test_apply import EXAMPLE, generation, write

SECRET = "0123456789abcdef0123456789"
BRAND = "brands: [{key: shop, name: Shop}]\n"


async def apply(
    database: Database, path: Path, text: str, *, prune: bool = False, take_over: bool = False
) -> Outcome:
    """Write a file and apply it."""
    write(path, text)
    async with database.write() as transaction:
        return await apply_config(
            transaction, load_config([path]), operator="test", prune=prune, take_over=take_over
        )


async def plan(database: Database, path: Path, text: str, *, prune: bool = False) -> Outcome:
    """Write a file and plan it."""
    write(path, text)
    return await plan_config(database, load_config([path]), prune=prune)


def said(outcome: Outcome) -> list[str]:
    """Give the lines of a plan."""
    return [str(change) for change in outcome.changes]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Run on the embedded database: `test_apply` shows the statements on both."""
    return sqlite_url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ciam.yaml"


async def hand_to_console(database: Database) -> None:
    """Let the console own the brand of the example."""
    async with database.write() as transaction:
        await transaction.ownership.hand_over("brand", "shop", managed_by="console")


async def test_a_plan_says_what_apply_then_does_and_keeps_nothing(
    database: Database, file: Path
) -> None:
    before = await generation(database)
    planned = await plan(database, file, EXAMPLE)
    async with database.read() as transaction:
        assert await transaction.clients.list_documents() == {}
        assert await transaction.audit_events.list_pending(10) == []
    assert await generation(database) == before
    assert await apply(database, file, EXAMPLE) == planned
    assert (await plan(database, file, EXAMPLE)).changes == ()


async def test_pruning_removes_what_files_own_and_says_it_first(
    database: Database, file: Path
) -> None:
    await apply(database, file, EXAMPLE)
    other = "brands: [{key: other, name: Other}]\n"
    assert (await plan(database, file, other)).left_over == (
        "brand shop",
        "policy tokens",
        "notice terms",
        "purpose news",
        "client shop",
    )
    pruned = await apply(database, file, other, prune=True)
    assert said(pruned) == [
        "client shop: disabled",
        "purpose news: retired",
        "notice terms: retired",
        "policy tokens: back to the defaults",
        "brand shop: removed",
        "brand other: added",
    ]
    assert [change.action for change in pruned.changes] == ["remove"] * 5 + ["add"]
    assert (await apply(database, file, other, prune=True)).changes == ()


async def test_pruning_leaves_what_the_console_owns(database: Database, file: Path) -> None:
    await apply(database, file, BRAND)
    await hand_to_console(database)
    assert (await apply(database, file, "policies: {}\n", prune=True)).changes == ()


async def test_a_file_never_changes_what_the_console_owns_unless_it_takes_it_over(
    database: Database, file: Path
) -> None:
    await apply(database, file, BRAND)
    await hand_to_console(database)
    assert (await apply(database, file, BRAND)).changes == ()
    for other in (BRAND.replace("Shop", "Store"), "brands: [{key: shop, state: absent}]\n"):
        with pytest.raises(Misconfigured, match=r"ciam\.yaml:1: brand shop is managed by the cons"):
            await apply(database, file, other)
    assert said(await apply(database, file, BRAND, take_over=True)) == ["brand shop: taken over"]
    assert said(await apply(database, file, BRAND.replace("Shop", "Store"))) == [
        "brand shop: changed"
    ]


async def test_created_makes_an_entry_once_and_leaves_it_to_the_console(
    database: Database, file: Path
) -> None:
    created = EXAMPLE.replace("    brand: shop\n", "    brand: shop\n    state: created\n")
    assert "client shop: added" in said(await apply(database, file, created))
    async with database.write() as transaction:
        assert (await transaction.ownership.list_owners("client"))["shop"].managed_by == "console"
        await transaction.clients.disable("shop")
        await transaction.config.raise_generation()
    assert (await apply(database, file, created.replace("en: Shop", "en: Store"))).changes == ()


async def test_a_brand_in_use_is_not_removed(database: Database, file: Path) -> None:
    await apply(database, file, EXAMPLE)
    with pytest.raises(Misconfigured, match=r"ciam\.yaml:1: brand shop: the clients shop still na"):
        await apply(database, file, "brands: [{key: shop, state: absent}]\n")


async def test_null_brings_a_policy_back_to_its_defaults(database: Database, file: Path) -> None:
    await apply(database, file, EXAMPLE)
    assert said(await apply(database, file, "policies: {tokens: null}\n")) == [
        "policy tokens: back to the defaults"
    ]


async def test_an_export_applied_to_an_empty_server_leaves_an_empty_plan(
    database: Database, sqlite_url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = EXAMPLE.replace("key: shop\n", "key: shop\n    state: created\n", 1)
    await apply(database, file, text)
    async with database.read() as transaction:
        exported = await export_config(transaction)
    assert SECRET not in exported
    monkeypatch.setenv("CIAM_CLIENT_SECRET_SHOP", SECRET)
    assert (await plan(database, file, exported)).changes == ()
    write(file, exported)
    check_secrets(load_config([file]))
    empty = Database.open(f"{sqlite_url}-2", database.clock, database.keys.records)
    async with empty.engines.writing.begin() as connection:
        await connection.run_sync(metadata.create_all)
    try:
        assert len((await apply(empty, file, exported)).changes) == 5
        assert (await plan(empty, file, exported, prune=True)) == Outcome((), ())
        async with empty.read() as transaction:
            assert await export_config(transaction) == exported
    finally:
        await empty.close()


async def test_a_text_that_would_be_read_as_a_reference_is_not_exported(
    database: Database, file: Path
) -> None:
    await apply(database, file, BRAND)
    async with database.write() as transaction:
        await transaction.brands.put("odd", {"name": "${env:HOME}"}, managed_by="console")
        with pytest.raises(Misconfigured, match="brand odd has a text with"):
            await export_config(transaction)


def test_a_secret_that_stands_in_a_file_is_refused(file: Path) -> None:
    file.write_text(EXAMPLE)
    with pytest.raises(Misconfigured, match=r"ciam\.yaml:8: client_secret stands in the file"):
        check_secrets(load_config([file]))
