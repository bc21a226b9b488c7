"""Read config files: YAML with the line of every value, secrets by reference, nothing doubled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ciam.errors import Misconfigured
from ciam.settings import read_variable

Model = TypeVar("Model", bound=BaseModel)

_REFERENCE: Final = re.compile(r"\$\{(env|file):([^}]+)\}")

Path_ = tuple[str | int, ...]
"""Where a value stands in a document: keys and positions from the top."""


@dataclass(frozen=True)
class ConfigFile:
    """A file as it was read: the values, and the line on which each of them begins."""

    name: str
    values: dict[str, Any] = field(repr=False)
    lines: dict[Path_, int] = field(repr=False)

    def place(self, location: Path_) -> str:
        """Give `file:line` of the innermost value that is known at this location."""
        for length in range(len(location), -1, -1):
            if location[:length] in self.lines:
                return f"{self.name}:{self.lines[location[:length]]}"
        return self.name


def read_config(path: Path) -> ConfigFile:
    """Read a file; raise Misconfigured with file and line for anything that is not right YAML."""
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path}: {error}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Misconfigured(f"{path}:{line}: {error.problem}") from error
    lines: dict[Path_, int] = {}
    values = {} if node is None else _Construction(path, lines).value(node, ())
    if not isinstance(values, dict):
        raise Misconfigured(f"{path}:1: a config file is a mapping")
    return ConfigFile(str(path), values, lines)


def check_config(file: ConfigFile, model: type[Model]) -> Model:
    """Give the values as `model`; raise Misconfigured with file, line and what is wrong."""
    try:
        return model.model_validate(file.values)
    except ValidationError as error:
        wrong = [_sentence(file, problem) for problem in error.errors(include_input=False)]
        raise Misconfigured("; ".join(wrong)) from error


def _sentence(file: ConfigFile, problem: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    location: Path_ = tuple(problem["loc"])
    known = tuple(part for part in location if not str(part).startswith("function-"))
    name = ".".join(str(part) for part in known)
    if problem["type"] == "extra_forbidden":
        return f"{file.place(known)}: unknown key {name}"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{file.place(known)}: {name}: {message}"


class _Construction:
    """Builds plain values out of YAML nodes, noting the line of each."""

    def __init__(self, path: Path, lines: dict[Path_, int]) -> None:
        self.path = path
        self.lines = lines
        self.loader = yaml.SafeLoader("")

    def value(self, node: yaml.Node, at: Path_) -> Any:  # noqa: ANN401 - whatever YAML can hold
        """Give the value of a node and of everything below it."""
        self.lines[at] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return dict(self._items(node, at))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*at, index)) for index, item in enumerate(node.value)]
        plain = self.loader.construct_object(node)
        return self._resolve(plain, node) if isinstance(plain, str) else plain

    def _items(self, node: yaml.MappingNode, at: Path_) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in seen:
                raise Misconfigured(f"{self._place(key_node)}: the key {key!r} stands here twice")
            seen.add(key)
            yield key, self.value(value_node, (*at, key))

    def _resolve(self, text: str, node: yaml.Node) -> str:
        def replace(match: re.Match[str]) -> str:
            kind, name = match.groups()
            if kind == "env":
                found = read_variable(name)
                if found is None:
                    raise Misconfigured(f"{self._place(node)}: the variable {name} is not set")
                return found
            try:
                return (self.path.parent / name).read_text(encoding="utf-8").strip()
            except OSError as error:
                cause = f"{self._place(node)}: {name}: {error.strerror}"
                raise Misconfigured(cause) from error

        return _REFERENCE.sub(replace, text)

    def _place(self, node: yaml.Node) -> str:
        return f"{self.path}:{node.start_mark.line + 1}"
