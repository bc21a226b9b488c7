"""Files keep the conventions that no linter checks."""

import ast

from tests.architecture.files import named, parsed, python_files, written_files
from tests.architecture.rules import (
    find_addresses,
    find_bare_suppressions,
    find_imports,
    find_silent_tests,
)

_TEXT = {
    ".py",
    ".md",
    ".toml",
    ".lock",
    ".json",
    ".yml",
    ".yaml",
    ".html",
    ".css",
    ".js",
    ".po",
    "",
}
_VAGUE = {"utils", "helpers", "common", "misc", "core", "util", "helper"}


def test_every_module_opens_with_what_it_is_for() -> None:
    silent = [
        named(path)
        for path in python_files("ciam", "providers", "tests", "migrations")
        if not ast.get_docstring(parsed(path))
    ]
    assert silent == []


def test_no_file_names_a_registry_or_a_path_of_somebodys_machine() -> None:
    found = [
        f"{named(path, line)} {what}"
        for path in written_files()
        if path.suffix in _TEXT
        for line, what in find_addresses(path.read_text(errors="replace"))
    ]
    assert found == []


def test_every_suppression_has_its_code_and_its_reason() -> None:
    found = [
        named(path, line)
        for path in python_files("ciam", "providers", "tests", "migrations")
        for line in find_bare_suppressions(path.read_text())
    ]
    assert found == []


def test_every_test_can_fail() -> None:
    found = [
        f"{named(path, line)} {name}"
        for path in python_files("tests")
        for line, name in find_silent_tests(parsed(path))
    ]
    assert found == []


def test_a_migration_never_imports_the_code_it_outlives() -> None:
    found = [
        named(path, line)
        for path in python_files("migrations/versions")
        for line, module in find_imports(parsed(path))
        if module.split(".")[0] == "ciam"
    ]
    assert found == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [named(p) for p in python_files("ciam", "tests") if p.stem in _VAGUE] == []
