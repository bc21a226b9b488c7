"""Statements are compiled once in a process of tests, as in one of the server.

SQLAlchemy keeps what it compiled with the engine, and every test opens engines of its own: a tenth
of the processor time of the flows went into compiling the same statements again.
"""

from typing import Any, Final

from pytest import MonkeyPatch  # noqa: PT013 - a type
from sqlalchemy import Dialect
from sqlalchemy.sql.elements import ClauseElement

_dialects: Final[dict[str, Dialect]] = {}
_caches: Final[dict[str, dict[Any, Any]]] = {}


def install(patch: MonkeyPatch) -> None:
    """Let engines of one kind of database share what they compiled."""
    compile_by_engine = ClauseElement._compile_w_cache  # noqa: SLF001 - there is no public place to share at

    def compile_once(
        statement: ClauseElement,
        dialect: Dialect,
        *,
        compiled_cache: object,
        **given: Any,  # noqa: ANN401 - as SQLAlchemy takes it
    ) -> object:
        shared = None if compiled_cache is None else _caches.setdefault(dialect.name, {})
        first = _dialects.setdefault(dialect.name, dialect)
        return compile_by_engine(statement, first, compiled_cache=shared, **given)

    patch.setattr(ClauseElement, "_compile_w_cache", compile_once)
