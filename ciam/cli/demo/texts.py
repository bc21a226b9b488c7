"""Read the text messages that the server wrote into a folder: what the mailbox shows of each."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_LAST_LINE: Final = re.compile(r"@[a-z0-9.-]+ #(\d{6})")
_LINK: Final = re.compile(r"https?://[^\s<>\"]+")
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class TextMessage:
    """One text message, as its reader sees it."""

    name: str
    to: str
    sent_at: datetime
    text: str

    @property
    def code(self) -> str | None:
        """The six digits in its last line, which a browser would offer; None when it has none."""
        found = _LAST_LINE.fullmatch(self.text.rpartition("\n")[2])
        return found[1] if found else None

    @property
    def links(self) -> list[str]:
        """The links in it."""
        return _LINK.findall(self.text)


def read_texts(folder: Path) -> list[TextMessage]:
    """Give the newest text messages of a folder, newest first."""
    paths = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [_read(path) for path in paths[:_MOST]]


def _read(path: Path) -> TextMessage:
    kept = json.loads(path.read_text("utf-8"))
    sent_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return TextMessage(path.stem, str(kept["to"]), sent_at, str(kept["text"]))
