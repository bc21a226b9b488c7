"""Applying config files: once changes, twice changes nothing, all or nothing; on both databases."""

from pathlib import Path

import pytest
import yaml

from ciam.administration.config.apply import apply_config
from ciam.administration.config.export import export_config
from ciam.administration.config.loading import load_config
from ciam.errors import Misconfigured
from ciam.sessions.levels import methods_for
from ciam.storage import Database

EXAMPLE = """\
brands:
  - key: shop
    name: Shop
    accent: "#1f6f5c"
clients:
  - client_id: shop
    client_name: {ja: 商店, en: Shop}
    client_secret: 0123456789abcdef0123456789
    redirect_uris: [https://shop.example.jp/callback]
    brand: shop
policies:
  tokens:
    access_token: 120
notices:
  - key: terms
    version: "1"
    kind: terms
    texts:
      ja: {title: 利用規約, body: 約束です。}
purposes:
  - key: news
    texts:
      ja: {title: お知らせ, what: お送りします。, why: ご案内のため。, recipient: 商店}
    controller: {id: x, name: 商店, address: 東京, contact: a@example.jp, country: JP}
    recipients: [{kind: ourselves, clients: [shop]}]
    storage_locations: [JP]
    jurisdiction: JP
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ciam.yaml"
    path.write_text(EXAMPLE)
    return path


def write(path: Path, text: str) -> None:
    """Put a text into a config file."""
    path.write_text(text)


async def apply(database: Database, *files: Path) -> list[str]:
    """Apply files in a transaction of their own."""
    async with database.write() as transaction:
        outcome = await apply_config(transaction, load_config(files), operator="test")
    return [str(change) for change in outcome.changes]


async def generation(database: Database) -> int:
    """Give the generation that every node compares its caches with."""
    async with database.read() as transaction:
        return await transaction.config.get_generation()


async def test_the_first_run_adds_and_the_second_changes_nothing(
    database: Database, file: Path
) -> None:
    assert await apply(database, file) == [
        "brand shop: added",
        "policy tokens: added",
        "notice terms: version 1",
        "purpose news: version 1",
        "client shop: added",
    ]
    before = await generation(database)
    assert await apply(database, file) == []
    assert await generation(database) == before


async def test_what_was_applied_is_what_the_server_finds(database: Database, file: Path) -> None:
    await apply(database, file)
    async with database.read() as transaction:
        client = await transaction.clients.find("shop")
        brand = await transaction.brands.get("shop")
        policies = await transaction.policies.get()
    assert client is not None
    assert client.name_in("ja") == "商店"
    assert client.managed_by == "file"
    assert b"0123456789" not in (client.secret_hash or b"")
    assert brand.accent == "#1f6f5c"
    assert policies.tokens.access_token.total_seconds() == 120


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("0123456789abcdef0123456789", "9876543210abcdef0123456789", "client shop: changed"),
        ("en: Shop}", "en: Store}", "client shop: changed"),
        ("    brand: shop\n", "", "client shop: changed"),
        ("#1f6f5c", "#1d4f91", "brand shop: changed"),
        ("access_token: 120", "access_token: 180", "policy tokens: changed"),
        ('version: "1"', 'version: "2"', "notice terms: version 2, everybody is asked again"),
        ("why: ご案内のため。", "why: お礼。", "purpose news: version 2, everybody is asked again"),
    ],
)
async def test_one_difference_is_one_change(
    database: Database, file: Path, old: str, new: str, change: str
) -> None:
    await apply(database, file)
    write(file, EXAMPLE.replace(old, new, 1))
    before = await generation(database)
    assert await apply(database, file) == [change]
    assert await generation(database) > before
    assert await apply(database, file) == []


async def test_a_published_text_cannot_change_and_nothing_else_is_kept(
    database: Database, file: Path
) -> None:
    await apply(database, file)
    changed = EXAMPLE.replace("#1f6f5c", "#1d4f91").replace("約束です。", "別の約束です。")
    write(file, changed)
    with pytest.raises(Misconfigured, match=r"ciam\.yaml:15: notice terms: version 1 is published"):
        await apply(database, file)
    async with database.read() as transaction:
        assert (await transaction.brands.get("shop")).accent == "#1f6f5c"


async def test_a_brand_that_is_not_there_is_refused_with_its_line(
    database: Database, file: Path
) -> None:
    write(file, EXAMPLE.replace("brand: shop", "brand: other"))
    with pytest.raises(Misconfigured, match=r"ciam\.yaml:10: client shop: there is no brand other"):
        await apply(database, file)


async def test_absent_ends_a_client_a_notice_and_a_purpose(database: Database, file: Path) -> None:
    await apply(database, file)
    write(
        file,
        "clients: [{client_id: shop, state: absent}]\n"
        "notices: [{key: terms, state: absent}]\n"
        "purposes: [{key: news, state: absent}]\n",
    )
    assert await apply(database, file) == [
        "client shop: disabled",
        "purpose news: retired",
        "notice terms: retired",
    ]
    assert await apply(database, file) == []
    async with database.read() as transaction:
        assert await transaction.clients.find("shop") is None


async def test_a_client_comes_back_after_it_was_absent(database: Database, file: Path) -> None:
    await apply(database, file)
    absent = file.with_name("absent.yaml")
    write(absent, "clients: [{client_id: shop, state: absent}]\n")
    await apply(database, absent)
    assert await apply(database, file) == ["client shop: added"]


async def test_what_no_file_names_is_left_alone(database: Database, file: Path) -> None:
    await apply(database, file)
    write(file, "policies: {sessions: {}}\n")
    assert await apply(database, file) == ["policy sessions: added"]
    async with database.read() as transaction:
        assert await transaction.clients.find("shop") is not None


async def test_applying_stands_in_the_audit_log_without_values(
    database: Database, file: Path
) -> None:
    await apply(database, file)
    async with database.read() as transaction:
        events = await transaction.audit_events.list_pending(100)
    applied = [event for event in events if event.kind == "config.applied"]
    assert "client shop: added" in applied[-1].details["changes"]
    assert {event.actor for event in applied if event.actor_kind == "operator"} == {"test"}
    assert "0123456789" not in str([event.details for event in events])


METHODS = """\
brands:
  - {key: bank, name: Bank, methods: {second_factor: required}}
clients:
  - client_id: teller
    client_name: Teller
    client_secret: 0123456789abcdef0123456789
    redirect_uris: [https://bank.example.jp/callback]
    brand: bank
    methods: {email_code: first, totp: off}
policies:
  methods: {recovery_code: "off"}
"""


async def test_an_app_and_a_brand_say_how_people_sign_in_and_only_where_it_differs(
    database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "methods.yaml"
    write(file, METHODS)
    await apply(database, file)
    assert await apply(database, file) == []
    async with database.read() as transaction:
        client = await transaction.clients.find("teller")
        brand = await transaction.brands.get("bank")
        assert client is not None
        found = await methods_for(transaction, client.id)
        exported = await export_config(transaction)
    assert dict(client.methods) == {"email_code": "first", "totp": "off"}
    assert dict(brand.methods) == {"second_factor": "required"}
    said = (found.second_factor, found.email_code, found.totp, found.recovery_code)
    assert said == ("required", "first", "off", "off")
    assert found.password == "first"
    (written,) = yaml.safe_load(exported)["clients"]
    assert written["methods"] == {"email_code": "first", "totp": "off"}


@pytest.mark.parametrize("wrong", ["{totp: first}", "{pasword: first}", "{second_factor: maybe}"])
def test_a_way_of_signing_in_that_makes_no_sense_is_refused(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "methods.yaml"
    write(file, METHODS.replace("{second_factor: required}", wrong))
    with pytest.raises(Misconfigured):
        load_config([file])
