"""The page of the config files: each kind of entry, from the JSON Schema that editors get."""

import json
from typing import Any, Final

from ciam.administration.config.documents import ConfigDocument
from ciam.administration.reference.words import code, table

_OPENING: Final = """\
# Config files

<!-- Written from ciam/administration/config/documents.py by `make reference`. -->

YAML files for `ciam config plan`, `apply` and `validate`; `ciam config schema` gives the JSON
Schema. Several files are read as one. An entry with `state: absent` is ended, one with
`state: created` is made once and then left to the console. A secret is written as `${env:NAME}`
or `${file:NAME}`, never as itself. An example of every kind is `ciam/cli/demo/demo.yaml`.

"""
_WORDS: Final = {"string": "text", "integer": "whole number", "boolean": "true or false"}
_POLICIES: Final = "See [policies.md](policies.md).\n\n"


def write_config_files() -> str:
    """Write the page, one table for each kind and for each thing inside one."""
    schema = ConfigDocument.model_json_schema()
    models: dict[str, Any] = schema["$defs"]
    parts, inside = [_OPENING], []
    for section, found in schema["properties"].items():
        parts.append(f"## {section}\n\n")
        if "items" not in found:
            parts.append(_POLICIES)
            continue
        name = _present(found["items"])
        parts.append(_model(models[name]))
        inside += [one for one in _named(models[name], models) if one not in inside]
    parts += [f"## {_title(name)}\n\n{_model(models[name])}" for name in inside]
    return "".join(parts).rstrip("\n") + "\n"


def _present(items: dict[str, Any]) -> str:
    """Give the model of an entry that is there; the other one says that it is absent."""
    names = [_referred(one) for one in items["oneOf"]]
    return next(name for name in names if name and not name.startswith("Absent"))


def _model(model: dict[str, Any]) -> str:
    needed = model.get("required", [])
    rows = [
        (
            code(name),
            _kind(found),
            "needed" if name in needed else _default(found),
            found.get("description", ""),
        )
        for name, found in model["properties"].items()
    ]
    meaning = " ".join(model.get("description", "").split())
    return f"{meaning}\n\n{table(('key', 'kind', 'default', 'meaning'), rows)}\n"


def _kind(found: dict[str, Any]) -> str:
    if name := _referred(found):
        return f"[{_title(name)}](#{_title(name).replace(' ', '-')})"
    if several := found.get("anyOf") or found.get("oneOf"):
        kinds = [_kind(one) for one in several if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "const" in found or "enum" in found:
        return " or ".join(code(str(one)) for one in found.get("enum", [found.get("const")]))
    if found.get("type") == "array":
        return f"list of {_kind(found['items'])}"
    if found.get("type") == "object":
        patterns: dict[str, Any] = found.get("patternProperties", {})
        each: dict[str, Any] = found.get("additionalProperties") or next(iter(patterns.values()))
        return f"by language or name: {_kind(each)}"
    return "secret" if found.get("writeOnly") else _WORDS.get(found.get("type", ""), "anything")


def _default(found: dict[str, Any]) -> str:
    default = found.get("default")
    if default in (None, [], {}, "") or isinstance(default, dict):
        return ""
    if isinstance(default, str):
        return code(default)
    return code(json.dumps(default, ensure_ascii=False))


def _named(model: dict[str, Any], models: dict[str, Any]) -> list[str]:
    """List the models that one refers to, and those that these refer to."""
    found: list[str] = []
    for one in model["properties"].values():
        for name in _references(one):
            if "properties" in models[name]:
                found += [name, *_named(models[name], models)]
    return list(dict.fromkeys(found))


def _references(found: Any) -> list[str]:  # noqa: ANN401 - a part of a schema
    if isinstance(found, list):
        return [name for one in found for name in _references(one)]
    if not isinstance(found, dict):
        return []
    own = [found["$ref"].rpartition("/")[2]] if "$ref" in found else []
    return own + [name for one in found.values() for name in _references(one)]


def _referred(found: dict[str, Any]) -> str | None:
    return found["$ref"].rpartition("/")[2] if "$ref" in found else None


def _title(name: str) -> str:
    """Make a heading of the name of a model: `BrandLinksConfig` is `brand links`."""
    plain = name.removesuffix("Config").removesuffix("Document")
    spaced = "".join(f" {one.lower()}" if one.isupper() else one for one in plain)
    return spaced.strip()
