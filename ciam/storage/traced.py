"""Statements as spans: what is done to which table, never the statement itself nor its values."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event

from ciam import telemetry

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine, ExceptionContext

_SPANS: Final = "ciam_spans"
_VERB: Final = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
_TABLE: Final = re.compile(r'\b(?:FROM|INTO|UPDATE)\s+"?([a-z_]\w*)', re.IGNORECASE)


def trace_statements(engine: Engine) -> None:
    """Make a span of each statement of an engine; nothing is registered while nothing is traced."""
    if not telemetry.is_on():
        return
    system = {"db.system.name": engine.dialect.name}

    @event.listens_for(engine, "before_cursor_execute")
    def _begin(connection: Connection, _cursor: Any, sql: str, *_rest: object) -> None:  # noqa: ANN401 - the driver's own class
        span = begin_statement(sql, system)
        connection.info.setdefault(_SPANS, []).append(span)

    @event.listens_for(engine, "after_cursor_execute")
    def _end(connection: Connection, *_rest: object) -> None:
        if waiting := connection.info.get(_SPANS):
            waiting.pop().end()

    @event.listens_for(engine, "handle_error")
    def _fail(context: ExceptionContext) -> None:
        if context.connection is not None and (waiting := context.connection.info.get(_SPANS)):
            span = waiting.pop()
            span.fail(type(context.original_exception).__name__)
            span.end()


def begin_statement(sql: str, facts: telemetry.Facts) -> telemetry.Span:
    """Begin the span of one statement."""
    verb, table = name_statement(sql)
    named = {**facts, "db.operation.name": verb, "db.collection.name": table}
    return telemetry.begin(f"{verb} {table}".rstrip(), "client", named)


@lru_cache(maxsize=1024)
def name_statement(sql: str) -> tuple[str, str]:
    """Give the verb and the first table of a statement; what is neither stays unnamed."""
    verb, table = _VERB.search(sql), _TABLE.search(sql)
    return (verb[1].upper() if verb else "(other)"), (table[1] if table and verb else "")
