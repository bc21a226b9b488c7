"""Finds every sentence for people: `_()` and `trans` in templates, `Text()` in the code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir

ROOT = Path(__file__).resolve().parents[2]
# No keyword but these: a `gettext` of somebody else is not ours to translate.
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "Text": None}
OPTIONS = {
    "**.html": {
        "newstyle_gettext": "true",
        "trimmed": "false",
        "trim_blocks": "true",
        "lstrip_blocks": "true",
    }
}
METHODS = [("**.html", "jinja2.ext.babel_extract"), ("**.txt", "jinja2.ext.babel_extract")]


def messages() -> Iterator[tuple[str, int, str | tuple[str, ...]]]:
    """Yield file, line and message id (singular and plural as a tuple)."""
    folders = (("templates", METHODS), ("ciam", [("**.py", "python")]))
    for folder, methods in folders:
        found = extract_from_dir(
            ROOT / folder, methods, {"**.html": {}, "**.txt": {}}, keywords=KEYWORDS
        )
        for path, line, message, _comments, _context in found:
            if message:
                yield f"{folder}/{path}", line, message
