"""Attributes in config files: applied, exported, ended, owned; on both databases."""

from pathlib import Path

import pytest

from ciam.administration.config.apply import apply_config
from ciam.administration.config.export import export_config
from ciam.administration.config.loading import load_config
from ciam.administration.config.plan import plan_config
from ciam.customers.definitions import load_schema
from ciam.customers.profile import change_profile, read_profile
from ciam.errors import Misconfigured
from ciam.storage import Database
from tests.customers.people import make_customer
from tests.factories.attributes import define

FILE = """\
attributes:
  - key: card_number
    type: text
    pattern: "[0-9]{4}"
    labels: {en: Card number, ja: カード番号}
    hints: {en: Four digits}
    order: 50
    sign_in: {required: true, after_sign_ins: 2}
  - key: interests
    type: choices
    labels: {ja: 興味}
    choices:
      - {value: music, labels: {ja: 音楽}}
  - key: birthdate
    sign_up: optional
"""


def _write(path: Path, text: str) -> None:
    path.write_text(text)


async def _apply(database: Database, path: Path, text: str, *, prune: bool = False) -> list[str]:
    _write(path, text)
    async with database.write() as transaction:
        outcome = await apply_config(transaction, load_config([path]), operator="test", prune=prune)
    return [str(change) for change in outcome.changes]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ciam.yaml"


async def test_a_file_defines_attributes_and_a_second_time_changes_nothing(
    database: Database, path: Path
) -> None:
    _write(path, FILE)
    planned = await plan_config(database, load_config([path]))
    assert len(planned.changes) == 3
    assert await _apply(database, path, FILE) == [
        "attribute card_number: added",
        "attribute interests: added",
        "attribute birthdate: added",
    ]
    assert await _apply(database, path, FILE) == []
    async with database.read() as transaction:
        schema = await load_schema(transaction)
    assert [one.name for one in schema.at_sign_up][-1] == "birthdate"
    assert [one.name for one in schema.at_sign_in] == ["card_number"]
    changed = FILE.replace("order: 50", "order: 60")
    assert await _apply(database, path, changed) == ["attribute card_number: changed"]


async def test_what_is_exported_makes_the_same(database: Database, path: Path) -> None:
    await _apply(database, path, FILE)
    async with database.read() as transaction:
        exported = await export_config(transaction)
    assert "card_number" in exported
    assert "after_days" not in exported, "what is not said is not written"
    assert await _apply(database, path, exported) == []
    async with database.write() as transaction:
        for key in ("card_number", "interests", "birthdate"):
            await transaction.attribute_definitions.remove(key)
        await transaction.config.raise_generation()
    assert len(await _apply(database, path, exported)) == 3


async def test_an_attribute_ends_by_pruning_and_its_values_stay(
    database: Database, path: Path
) -> None:
    await _apply(database, path, FILE)
    made = await make_customer(database)
    async with database.write() as transaction:
        await change_profile(transaction, made.id, {"card_number": "1234"}, "account")
    rest = FILE.partition("  - key: interests")[0] + "  - {key: interests, state: absent}\n"
    assert await _apply(database, path, rest, prune=True) == [
        "attribute interests: removed, values stay",
        "attribute birthdate: removed, values stay",
    ]
    await _apply(database, path, "attributes: [{key: card_number, state: absent}]\n")
    async with database.read() as transaction:
        assert "card_number" not in (await load_schema(transaction)).by_name
        assert (await read_profile(transaction, made.id)).claims["card_number"] == "1234"
    await _apply(database, path, FILE)
    async with database.read() as transaction:
        assert "card_number" in (await load_schema(transaction)).by_name


async def test_what_the_console_owns_is_not_changed_by_a_file(
    database: Database, path: Path
) -> None:
    await define(database, "interests", type="text", labels={"ja": "興味"})
    async with database.write() as transaction:
        await transaction.ownership.hand_over("attribute", "interests", managed_by="console")
    text = "attributes: [{key: interests, type: text, labels: {ja: 趣味}}]\n"
    with pytest.raises(Misconfigured, match="managed by the console"):
        await _apply(database, path, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("attributes: [{key: x1, type: text, labels: {en: X}, pattern: '(a+', hints: {en: X}}]",
         "ciam.yaml:1: attributes.0.pattern: not a pattern that is read here: unclosed group"),
        ("attributes:\n  - key: x1\n    type: colour\n    labels: {en: X}\n", "ciam.yaml:3: "),
        ("attributes:\n  - key: X1\n    type: text\n", "ciam.yaml:2: attributes.0.key"),
        ("attributes:\n  - key: sub\n    type: text\n    labels: {en: X}\n",
         "attribute sub: This claim is not an attribute of a profile"),
        ("attributes:\n  - key: x1\n    type: number\n    pattern: a\n    labels: {en: X}\n",
         "only for the type text"),
        ("attributes: [{key: x1, state: absent}, {key: x1, state: absent}]", "x1"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_where_it_stands(
    database: Database, path: Path, text: str, said: str
) -> None:
    with pytest.raises(Misconfigured) as refused:
        await _apply(database, path, text)
    assert said in str(refused.value)
