r"""Patterns of values: regular expressions that are matched in time linear in the text.

Python's own engine tries again and again: `(a+)+b` against thirty letters never ends. Pydantic
brings the one of Rust, which follows every way at once; what that cannot do (back-references,
looking ahead) is refused when the pattern is read. The whole text has to match. `\d` and `\w` are
those of Unicode, so `[0-9]` is what keeps full-width digits out.
"""

from __future__ import annotations

from typing import Final

from pydantic_core import SchemaError, SchemaValidator, core_schema

LONGEST: Final = 200
"""Characters of a pattern."""


class BadPattern(ValueError):
    """A pattern that is not read here; the argument says why."""


class Pattern:
    """A pattern that was read; the same for every text."""

    def __init__(self, pattern: str) -> None:
        """Read a pattern; raise BadPattern for one that is wrong, too large or cannot be linear."""
        if len(pattern) > LONGEST:
            msg = f"longer than {LONGEST} characters"
            raise BadPattern(msg)
        _read(pattern)  # alone first: `a)|(b` is none, though it would be in brackets
        self._whole = _read(f"^(?:{pattern})$")

    def matches(self, text: str) -> bool:
        """Tell whether the whole text is like the pattern."""
        return self._whole.isinstance_python(text)


def _read(pattern: str) -> SchemaValidator:
    schema = core_schema.str_schema(strict=True, pattern=pattern, regex_engine="rust-regex")
    try:
        return SchemaValidator(schema)
    except SchemaError as error:
        reason = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise BadPattern(reason[-1].removeprefix("error: ")) from error
