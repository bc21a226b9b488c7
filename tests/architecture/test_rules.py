"""Each rule catches what it is for, so that an empty list means something."""

import ast

import pytest

from tests.architecture.rules import (
    find_addresses,
    find_bare_suppressions,
    find_imports,
    find_silent_tests,
)


@pytest.mark.parametrize(
    "line", ["index = https://pypi" + ".org/simple", "root = /wo" + "rk/main", '"/ho' + 'me/taro"']
)
def test_addresses_are_found(line: str) -> None:
    assert [number for number, _what in find_addresses(f"fine\n{line}")] == [2]


@pytest.mark.parametrize(
    "line", ["see /usr/lib/postgresql", "GET /account/home", "https://a/home/x"]
)
def test_other_paths_are_not(line: str) -> None:
    assert find_addresses(line) == []


@pytest.mark.parametrize(
    "comment", ["# noqa", "# noqa: S101", "# type: ignore", "# type: ignore[arg-type]"]
)
def test_a_bare_suppression_is_found(comment: str) -> None:
    assert find_bare_suppressions(f"x = 1  {comment}\n") == [1]


@pytest.mark.parametrize(
    "comment",
    ["# noqa: S101 - says the reason", "# type: ignore[arg-type]  # the library has it wrong"],
)
def test_a_suppression_with_code_and_reason_is_fine(comment: str) -> None:
    assert find_bare_suppressions(f"x = 1  {comment}\n") == []


def test_a_test_that_says_nothing_is_found() -> None:
    source = "async def test_a():\n    await x()\ndef test_b():\n    with pytest.raises(E): y()\n"
    assert find_silent_tests(ast.parse(source)) == [(1, "test_a")]


def test_imports_are_found_wherever_they_stand() -> None:
    tree = ast.parse("import a.b\ndef f():\n    from ciam.x import y\n")
    assert dict(find_imports(tree)) == {1: "a.b", 3: "ciam.x"}
