"""Read the mails that the server wrote into a folder: what the mailbox shows of each."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_CODE: Final = re.compile(r"(?<![\w/=.-])\d{6}(?!\w|[.-]\d)")
_LINK: Final = re.compile(r"https?://[^\s<>\"]+")
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, as its reader sees it."""

    name: str
    subject: str
    to: str
    sent_at: datetime
    text: str
    html: str

    @property
    def code(self) -> str | None:
        """The six digits in it, if it holds a code."""
        found = _CODE.search(_LINK.sub("", self.text))
        return found.group() if found else None

    @property
    def links(self) -> list[str]:
        """The links that carry a token; a plain link to the home page is of no interest."""
        return [link.rstrip(".)") for link in _LINK.findall(self.text) if "token=" in link]


def read_letters(folder: Path) -> list[Letter]:
    """Give the newest mails of a folder, newest first."""
    paths = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [_read(path) for path in paths[:_MOST]]


def find_letter(folder: Path, name: str) -> Letter | None:
    """Give one mail by its name; a name that is a path is never looked for."""
    path = folder / f"{name}.eml"
    return _read(path) if _NAME.fullmatch(name) and path.is_file() else None


def _read(path: Path) -> Letter:
    message = message_from_bytes(path.read_bytes(), policy=default)
    return Letter(
        name=path.stem,
        subject=str(message["Subject"] or ""),
        to=str(message["To"] or ""),
        sent_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body(preferencelist=(kind,))
    return str(body.get_content()) if body is not None else ""
