"""Transports: how a written mail leaves; `file:` for a start, SMTP for real."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from ciam.errors import Misconfigured, Unavailable

if TYPE_CHECKING:
    from email.message import EmailMessage

    from ciam.settings import Settings

_SECONDS = 10


class MailTransport(Protocol):
    """What takes a mail; raises Unavailable when a later try makes sense."""

    async def deliver(self, message: EmailMessage, name: str) -> None:
        """Deliver a message; `name` is stable over tries and holds no personal data."""
        ...


class FileTransport:
    """One `.eml` file for each message, complete at once or not there."""

    def __init__(self, folder: Path) -> None:
        """Write below this folder, which only its owner may read."""
        self.folder = folder

    async def deliver(self, message: EmailMessage, name: str) -> None:
        """Write the file and put it in place by an atomic rename."""
        await asyncio.to_thread(self._write, bytes(message), name)

    def _write(self, content: bytes, name: str) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.folder / f".{name}.{os.getpid()}"
        draft.write_bytes(content)
        draft.replace(self.folder / f"{name}.eml")


class SmtpTransport:
    """SMTP with STARTTLS where offered, or with TLS from the start (`smtps:`)."""

    def __init__(self, url: str) -> None:
        """Take smtp://user:password@host:port or smtps://..."""
        parts = urlsplit(url)
        if not parts.hostname:
            raise Misconfigured("CIAM_MAIL_URL has no host")
        self.host = parts.hostname
        self.use_tls = parts.scheme == "smtps"
        self.port = parts.port or (465 if self.use_tls else 587)
        self.user = unquote(parts.username) if parts.username else None
        self.password = unquote(parts.password) if parts.password else None
        requires = parse_qs(parts.query).get("tls", [""])[0] == "required"
        self.start_tls = True if requires else None

    async def deliver(self, message: EmailMessage, name: str) -> None:
        """Hand the message to the server; raise Unavailable when it does not take it now."""
        try:
            await aiosmtplib.send(
                message,
                hostname=self.host,
                port=self.port,
                username=self.user,
                password=self.password,
                use_tls=self.use_tls,
                start_tls=None if self.use_tls else self.start_tls,
                timeout=_SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unavailable(f"mail {name}: {type(error).__name__}") from error


def open_transport(settings: Settings) -> MailTransport:
    """Open what CIAM_MAIL_URL says; raise Misconfigured for another scheme."""
    url = settings.mail_url.get_secret_value()
    scheme = url.partition(":")[0]
    if scheme == "file":
        path = url.partition(":")[2].removeprefix("//")
        return FileTransport(Path(path) if path else settings.home / "mail")
    if scheme in {"smtp", "smtps"}:
        return SmtpTransport(url)
    raise Misconfigured(f"CIAM_MAIL_URL: {scheme!r} is none of file, smtp, smtps")
