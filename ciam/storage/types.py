"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_MICROSECONDS = 1_000_000


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant: `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column: SQLite has no type for instants, an integer sorts and compares."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 - as the base class has it
        """Refuse a naive time; it would mean another instant on another machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "an instant must be aware"
            raise ValueError(msg)
        if dialect.name == "sqlite":
            delta = value - datetime.fromtimestamp(0, UTC)
            return (delta.days * 86_400 + delta.seconds) * _MICROSECONDS + delta.microseconds
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - as the base class has it
        """Give the instant back, aware, in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            seconds, micro = divmod(int(value), _MICROSECONDS)
            return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micro)
        aware: datetime = value
        return aware.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")
"""A JSON document; JSONB on PostgreSQL."""

Counter = BigInteger().with_variant(Integer(), "sqlite")
"""An integer that counts up; SQLite numbers rows only in an `INTEGER PRIMARY KEY`."""
