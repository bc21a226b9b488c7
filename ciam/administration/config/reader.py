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
_PLAIN_TAGS: Final = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_MOST_VALUES: Final = 100_000
"""Aliases of aliases grow without end from a few lines; no installation has this many values."""

Location = tuple[str | int, ...]
"""Where a value stands in a document: keys and positions from the top."""


@dataclass(frozen=True)
class ConfigFile:
    """A file as it was read: the values, and the line on which each of them begins."""

    name: str
    values: dict[str, Any] = field(repr=False)
    lines: dict[Location, int] = field(repr=False)
    references: frozenset[Location] = frozenset()
    """Where the whole value is a reference: the only way to give a secret."""

    def place(self, *location: str | int) -> str:
        """Give `file:line` of the innermost value that is known at this location."""
        for length in range(len(location), -1, -1):
            if location[:length] in self.lines:
                return f"{self.name}:{self.lines[location[:length]]}"
        return self.name


def read_config(path: Path) -> ConfigFile:
    """Read a file; raise Misconfigured with file and line for anything that is not right YAML."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise Misconfigured(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Misconfigured(f"{path}: not UTF-8") from error
    except yaml.YAMLError as error:
        raise _broken(str(path), error) from error
    construction = _Construction(path, {(): 1})
    values = {} if node is None else construction.value(node, ())
    if not isinstance(values, dict):
        raise Misconfigured(f"{path}:1: a config file is a mapping")
    references = frozenset(construction.references)
    return ConfigFile(str(path), values, construction.lines, references)


def check_config(file: ConfigFile, model: type[Model]) -> Model:
    """Give the values as `model`; raise Misconfigured with file, line and what is wrong."""
    try:
        return model.model_validate(file.values)
    except ValidationError as error:
        wrong = [_sentence(file, problem) for problem in error.errors(include_input=False)]
        raise Misconfigured("; ".join(dict.fromkeys(wrong))) from error


def is_reference(text: str) -> bool:
    """Tell whether reading a text would put something else in its place."""
    return _REFERENCE.search(text) is not None


def _broken(name: str, error: yaml.YAMLError) -> Misconfigured:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
    return Misconfigured(f"{name}:{mark.line + 1 if mark else 1}: {problem}")


def _sentence(file: ConfigFile, problem: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    """Say what is wrong with the name as it stands in the file.

    pydantic puts into a location which arm of a union it tried; the file knows no such name.
    """
    location: Location = tuple(problem["loc"])
    known: Location = ()
    for part in location:
        if (*known, part) in file.lines:
            known = (*known, part)
    name = ".".join(str(part) for part in known)
    if problem["type"] == "extra_forbidden":
        return f"{file.place(*known)}: unknown key {name}"
    if problem["type"] == "missing":
        where = f"{name}: " if name else ""
        return f"{file.place(*known)}: {where}{location[-1]} is missing"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{file.place(*known)}: {f'{name}: ' if name else ''}{message}"


class _Construction:
    """Builds plain values out of YAML nodes, noting the line of each."""

    def __init__(self, path: Path, lines: dict[Location, int]) -> None:
        self.path = path
        self.lines = lines
        self.loader = yaml.SafeLoader("")
        self.open: list[yaml.Node] = []
        self.references: set[Location] = set()

    def value(self, node: yaml.Node, at: Location) -> Any:  # noqa: ANN401 - whatever YAML can hold
        """Give the value of a node and of everything below it; an alias is what it points at."""
        self.lines.setdefault(at, node.start_mark.line + 1)
        if len(self.lines) > _MOST_VALUES:
            raise self._refused(node, f"more than {_MOST_VALUES} values, aliases written out")
        if any(node is outer for outer in self.open):
            raise self._refused(node, "an alias points at what it stands in")
        self.open.append(node)
        try:
            return self._build(node, at)
        finally:
            self.open.pop()

    def _build(self, node: yaml.Node, at: Location) -> Any:  # noqa: ANN401 - whatever YAML can hold
        if isinstance(node, yaml.CollectionNode) and node.tag not in _PLAIN_TAGS:
            raise self._refused(node, f"the tag {node.tag} is not read")
        if isinstance(node, yaml.MappingNode):
            return dict(self._items(node, at))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*at, index)) for index, item in enumerate(node.value)]
        try:
            plain = self.loader.construct_object(node)
        except yaml.YAMLError as error:
            raise _broken(str(self.path), error) from error
        except ValueError as error:
            raise self._refused(node, str(error)) from error
        if not isinstance(plain, str):
            return plain
        if _REFERENCE.fullmatch(plain):
            self.references.add(at)
        return self._resolve(plain, node)

    def _items(self, node: yaml.MappingNode, at: Location) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key, str):
                raise self._refused(key_node, "a key is a word")
            if key_node.tag.endswith(":merge"):
                raise self._refused(key_node, "merge keys (<<) are not read; use an alias")
            if key in seen:
                raise self._refused(key_node, f"the key {key!r} stands here twice")
            seen.add(key)
            self.lines[*at, key] = key_node.start_mark.line + 1
            yield key, self.value(value_node, (*at, key))

    def _resolve(self, text: str, node: yaml.Node) -> str:
        def replace(match: re.Match[str]) -> str:
            kind, name = match.groups()
            if kind == "env":
                found = read_variable(name)
                if found is None:
                    raise self._refused(node, f"the variable {name} is not set")
                return found
            try:
                return (self.path.parent / name).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise self._refused(node, f"{name}: {error.strerror}") from error
            except UnicodeDecodeError as error:
                raise self._refused(node, f"{name}: not UTF-8") from error

        return _REFERENCE.sub(replace, text)

    def _refused(self, node: yaml.Node, problem: str) -> Misconfigured:
        return Misconfigured(f"{self.path}:{node.start_mark.line + 1}: {problem}")
