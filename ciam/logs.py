"""Logs: what happened, in which request, without personal data and without secrets.

Text for people, JSON for machines. A last processor replaces anything that looks like a secret of
ours, an e-mail address or a phone number, so that a mistake elsewhere does not become a leak.
"""

import io
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from typing import Any, Final, TextIO, cast

import structlog

from ciam.settings import Settings

_SECRET: Final = re.compile(
    r"ciam_[a-z]{2}_[\w-]{20,}|eyJ[\w-]+\.[\w-]+\.[\w-]*|[\w.+-]+@[\w-]+(\.[\w-]+)+"
    r"|\+[1-9]\d{7,14}\b"  # a phone number (ITU-T E.164)
)


def configure_logs(settings: Settings) -> None:
    """Send every log line of the process to standard error, in the form that is asked for."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Unfailing(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)


class _Unfailing(io.TextIOBase):
    """A stream whose lines are lost rather than a request: a log often lies on the full disk."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def redact(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace what looks like a token of ours, a JWT or an e-mail address in every value."""
    for key, value in event.items():
        event[key] = _redact_value(value)
    return event


def _redact_value(value: Any) -> Any:  # noqa: ANN401 - whatever a line is given
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, Mapping):
        return {key: _redact_value(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redact_value(one) for one in value]
    return redact_text(value if isinstance(value, str) else repr(value))


def redact_text(text: str) -> str:
    """Replace what looks like a token of ours, a JWT or an e-mail address."""
    return _SECRET.sub("[redacted]", text)
