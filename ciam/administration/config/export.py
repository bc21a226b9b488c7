"""Write what is configured as one file that `apply` reads: on an empty server it makes the same.

Secrets are not in it: a client's stands there as the variable that is to hold it. What the console
or the API owns is written with `state: created`, so that the file makes it and never changes it.
Versions of notices and purposes before the newest stay in the database alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from ciam.administration.config.apply import BY_FILE
from ciam.administration.config.kinds import KINDS
from ciam.administration.config.reader import is_reference
from ciam.errors import Misconfigured

if TYPE_CHECKING:
    from ciam.administration.config.kind import Kind
    from ciam.storage import UnitOfWork


async def export_config(transaction: UnitOfWork) -> str:
    """Give the file, as YAML; raise Misconfigured for a text that a file cannot hold."""
    document: dict[str, Any] = {}
    for kind in KINDS:
        found = await _export(transaction, kind)
        if found:
            document[kind.section] = found
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100)


async def _export(transaction: UnitOfWork, kind: Kind) -> list[Any] | dict[str, Any]:
    found: dict[str, dict[str, Any]] = {}
    for key, owner in (await transaction.ownership.list_owners(kind.name)).items():
        if owner.is_live:
            entry = await kind.export(transaction, key)
            _check_texts(f"{kind.name} {key}", entry)
            is_foreign = owner.managed_by != BY_FILE and kind.name != "policy"
            found[key] = _in_order({**entry, "state": "created"} if is_foreign else entry)
    return found if kind.name == "policy" else list(found.values())


def _in_order(value: Any) -> Any:  # noqa: ANN401 - whatever a document holds
    """Give keys in one order, the entry's own first: PostgreSQL keeps none, and files are compared.

    A list keeps its order: there it means something.
    """
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: (name not in {"key", "client_id"}, name))
        return {name: _in_order(value[name]) for name in names}
    return [_in_order(inner) for inner in value] if isinstance(value, list) else value


def _check_texts(name: str, value: Any) -> None:  # noqa: ANN401 - whatever a document holds
    if isinstance(value, dict):
        for key, inner in value.items():
            if key != "client_secret":
                _check_texts(name, inner)
    elif isinstance(value, list):
        for inner in value:
            _check_texts(name, inner)
    elif isinstance(value, str) and is_reference(value):
        raise Misconfigured(f"{name} has a text with ${{env:...}} in it, which no file can hold")
