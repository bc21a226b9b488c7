"""C-10 is about whatever may be used once: what the tables or the code add has to have a race."""

import ast
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

import ciam
from ciam.storage.tables import metadata
from ciam.storage.types import Instant
from tests.races import race_single_use
from tests.races.race import caught_by
from tests.races.single_uses import KINDS

NO_USE: Final = {
    "alias_since": "since when a subject is another name",
    "claimed_until": "a lease of the outbox: its jobs are repeated on purpose (C-15)",
    "destroyed_at": "an end",
    "disabled_at": "an end",
    "done_at": "a job; done at least once",
    "ended_at": "an end",
    "expires_at": "an end",
    "failed_at": "a job that was given up",
    "last_used_at": "used as often as one likes",
    "removed_at": "an end",
    "retired_at": "an end",
    "revoked_at": "an end",
    "signed_in_at": "done as often as one likes",
    "stopped_until": "an end",
    "unpublished_at": "an end",
    "verified_at": "a proof that stays good",
    "void_at": "an end",
}
NOT_SPENT: Final = {"attribute_value.superseded_at": "an older value, kept as history"}
NOT_USED_UP: Final = {"external_identity": "a link that is removed; its undo is what is used once"}
SPENT: Final = {kind.spends for kind in KINDS.values()}


def test_every_column_that_says_something_was_used_has_a_race() -> None:
    times = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Instant) and column.nullable and column.name not in NO_USE
    }
    assert times - SPENT - set(NOT_SPENT) == set()


def test_every_value_that_is_claimed_by_an_insert_has_a_race() -> None:
    kinds = set()
    for path in Path(ciam.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        constants = dict(_constants(tree))
        kinds |= {constants[name] for name in _claimed(tree)}
    assert kinds
    assert kinds - SPENT == set()


def test_every_row_that_is_claimed_by_deleting_it_has_a_race() -> None:
    claimed = {
        name
        for path in (Path(ciam.__file__).parent / "storage" / "stores").glob("*.py")
        for name in _deleted_and_returned(ast.parse(path.read_text("utf-8")))
    }
    assert "customer_invitation" in claimed
    assert claimed - SPENT - set(NOT_USED_UP) == set()


def _deleted_and_returned(tree: ast.Module) -> Iterator[str]:
    """Give the tables of `delete(table)....returning(...)`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=chain, attr="returning")):
                yield from (
                    ast.unparse(call.args[0])
                    for call in ast.walk(chain)
                    if isinstance(call, ast.Call) and ast.unparse(call.func) == "delete"
                )


def _constants(tree: ast.Module) -> Iterator[tuple[str, object]]:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[target], value=ast.Constant(value=value)):
                yield ast.unparse(target), value
            case ast.AnnAssign(target=target, value=ast.Constant(value=value)):
                yield ast.unparse(target), value


def _claimed(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=function, args=[first, *_]):
                if ast.unparse(function).endswith("single_uses.claim"):
                    yield ast.unparse(first)


@pytest.mark.races
def test_the_twin_of_every_kind_is_caught(database_url: str) -> None:
    """A kind whose twin is not caught has not raced."""
    caught: set[str] = set()
    with closing(caught_by(race_single_use, database_url, rounds=6, seed=1)) as rounds:
        for found in rounds:
            caught |= {name for name in KINDS if repr(name) in found}
            if caught == set(KINDS):
                break
    assert set(KINDS) - caught == set()
