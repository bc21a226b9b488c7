"""Mail transports: how a written mail leaves; `file:` for a start, SMTP for real."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from ciam.errors import CiamError, Misconfigured, Unavailable
from ciam.messaging.files import write_whole
from ciam.settings import is_loopback

if TYPE_CHECKING:
    from email.message import EmailMessage

    from ciam.settings import Settings

_SECONDS: Final = 10
_PERMANENT: Final = range(500, 600)


class Undeliverable(CiamError):
    """The server refuses this mail for good: RFC 5321 §4.2.1, a reply of 5xx."""


class MailTransport(Protocol):
    """What takes a mail; raises Unavailable when a later try makes sense, else Undeliverable."""

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
        await asyncio.to_thread(write_whole, self.folder / f"{name}.eml", bytes(message))


class SmtpTransport:
    """SMTP with STARTTLS, or with TLS from the start (`smtps:`).

    A password never leaves in clear text: with one, STARTTLS is demanded unless the server is on
    this machine. `?tls=required` demands it always, `?tls=never` forbids it.
    """

    def __init__(self, url: str, authorities: Path | None = None) -> None:
        """Take smtp://user:password@host:port or smtps://..., and further authorities for TLS."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if not parts.hostname or port == -1:
            cause = "CIAM_MAIL_URL: expected smtp://user:password@host:port"
            raise Misconfigured(cause)
        self.host = parts.hostname
        self.use_tls = parts.scheme == "smtps"
        self.port = port or (465 if self.use_tls else 587)
        self.user = unquote(parts.username) if parts.username else None
        self.password = unquote(parts.password) if parts.password else None
        self.start_tls = None if self.use_tls else self._read_start_tls(parts.query)
        self._tls = ssl.create_default_context()
        if authorities is not None:
            self._tls.load_verify_locations(authorities)

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
                start_tls=self.start_tls,
                tls_context=self._tls,
                timeout=_SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            cause = f"mail {name}: {type(error).__name__}"
            if is_permanent(error):
                raise Undeliverable(cause) from None  # the error names the address
            raise Unavailable(cause) from None

    def _read_start_tls(self, query: str) -> bool | None:
        wanted = parse_qs(query).get("tls", [""])[0]
        if wanted not in {"", "required", "never"}:
            cause = "CIAM_MAIL_URL: tls is required or never"
            raise Misconfigured(cause)
        if wanted == "never" and self.password and not is_loopback(self.host):
            cause = "CIAM_MAIL_URL: a password needs TLS: leave tls=never out"
            raise Misconfigured(cause)
        if wanted:
            return wanted == "required"
        return True if self.password and not is_loopback(self.host) else None


def is_permanent(error: Exception) -> bool:
    """Tell whether the recipient or the content was refused for good.

    A refused sender or log-in is the installation's own mistake: mended, the next try succeeds.
    """
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(one.code in _PERMANENT for one in error.recipients)
    return isinstance(error, aiosmtplib.SMTPDataError) and error.code in _PERMANENT


def open_transport(settings: Settings) -> MailTransport:
    """Open what CIAM_MAIL_URL says; raise Misconfigured for another scheme."""
    url = settings.mail_url.get_secret_value()
    scheme, _, rest = url.partition(":")
    if scheme == "file":
        path = rest.removeprefix("//")
        return FileTransport(Path(path) if path else settings.home / "mail")
    if scheme in {"smtp", "smtps"}:
        return SmtpTransport(url, settings.outbound_ca)
    cause = f"CIAM_MAIL_URL: {scheme!r} is none of file, smtp, smtps"
    raise Misconfigured(cause)
