"""Rules on files that no linter knows; each takes text or a tree and gives what breaks it."""

import ast
import re
import tokenize
from collections.abc import Iterator
from io import StringIO

# Put together here, so that this file itself names none.
_REGISTRIES = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "npm" + "mirror",
]
_ABSOLUTE = re.compile(r"(?<![\w.:/])/(?:work|home|Users|root|mnt|workspace)/[\w.-]+")
_REGISTRY = re.compile("|".join(map(re.escape, _REGISTRIES)))
_SUPPRESSION = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma|pyright)")
_WITH_REASON = re.compile(
    r"#\s*(?:noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*|type: ignore\[[\w, -]+\]|pragma: no cover)"
    r"\s+(?:#\s*)?-?\s*\w.{3,}"
)
_SPEAKING = {"raises", "warns", "fail"}


def find_addresses(text: str) -> list[tuple[int, str]]:
    """Find names of package registries and absolute paths of somebody's machine."""
    return [
        (number, match.group())
        for number, line in enumerate(text.splitlines(), 1)
        for match in (*_REGISTRY.finditer(line), *_ABSOLUTE.finditer(line))
    ]


def find_bare_suppressions(text: str) -> list[int]:
    """Find each `noqa` and `type: ignore` without both its code and its reason."""
    return [
        token.start[0]
        for token in tokenize.generate_tokens(StringIO(text).readline)
        if token.type == tokenize.COMMENT
        and _SUPPRESSION.search(token.string)
        and not _WITH_REASON.search(token.string)
    ]


def find_silent_tests(tree: ast.Module) -> list[tuple[int, str]]:
    """Find tests that cannot fail by what they say: no assert, raises, fail, expect or check."""
    return [
        (function.lineno, function.name)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and function.name.startswith("test_")
        and not any(_speaks(node) for node in ast.walk(function))
    ]


def find_imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Give every imported module with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""


def _speaks(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    name = node.func.id if isinstance(node.func, ast.Name) else name
    return name in _SPEAKING or name.startswith(("expect", "assert_", "check_"))
