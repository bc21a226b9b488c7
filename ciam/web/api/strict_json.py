"""JSON with one reading only (RFC 8259, I-JSON RFC 7493): UTF-8, no name twice, no NaN, no NUL."""

import json
from typing import Any, Final, Never

from ciam.errors import ApiRefusal
from ciam.texts import Text

MAX_BYTES: Final = 64 * 1024


def read_json(body: bytes) -> Any:  # noqa: ANN401 - what JSON can hold
    """Read a body; raise ApiRefusal for one that two readers could understand differently."""
    if len(body) > MAX_BYTES:
        raise ApiRefusal(413, "too_large", Text("The request is too large."))
    try:
        found = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_refuse_constant)
        _check_text(found)
    except (ValueError, RecursionError) as error:
        raise ApiRefusal(
            400,
            "malformed_json",
            Text("The body is not readable JSON: UTF-8, each name once, no control characters."),
            cause=type(error).__name__,
        ) from error
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "a name stands twice"
        raise ValueError(msg)
    return found


def _refuse_constant(_name: str) -> Never:
    msg = "no number"
    raise ValueError(msg)


def _check_text(document: Any) -> None:  # noqa: ANN401 - what JSON can hold
    """Raise ValueError for text that no database takes: NUL, half a surrogate pair."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            value.encode()
            if "\x00" in value:
                msg = "NUL"
                raise ValueError(msg)
        elif isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
