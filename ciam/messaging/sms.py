"""Text messages leave by a driver that CIAM_SMS_URL names; `file:` writes one JSON for each."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import SplitResult, urlsplit

from ciam.errors import Misconfigured
from ciam.messaging.files import write_whole
from ciam.messaging.sms_twilio import TwilioSmsTransport
from ciam.messaging.sms_webhook import WebhookSmsTransport

if TYPE_CHECKING:
    from ciam.clock import Clock
    from ciam.outbound import Outbound
    from ciam.settings import Settings


class SmsTransport(Protocol):
    """What takes a text message.

    Raises Unavailable when a later try makes sense, else Undeliverable.
    """

    async def deliver(self, *, to: str, text: str, name: str) -> None:
        """Deliver to a number (E.164); `name` is stable over tries and holds no personal data."""
        ...


class FileSmsTransport:
    """One JSON file for each message, complete at once or not there."""

    def __init__(self, folder: Path) -> None:
        """Write below this folder, which only its owner may read."""
        self.folder = folder

    async def deliver(self, *, to: str, text: str, name: str) -> None:
        """Write the file and put it in place by an atomic rename."""
        content = json.dumps({"id": name, "to": to, "text": text}, ensure_ascii=False, indent=2)
        await asyncio.to_thread(write_whole, self.folder / f"{name}.json", content.encode())


def open_sms_transport(settings: Settings, outbound: Outbound, clock: Clock) -> SmsTransport:
    """Open what CIAM_SMS_URL says; raise Misconfigured for what is none of it."""
    url = settings.sms_url.get_secret_value()
    scheme, _, rest = url.partition(":")
    if scheme == "file":
        path = rest.removeprefix("//")
        return FileSmsTransport(Path(path) if path else settings.home / "sms")
    if scheme in {"http", "https"}:
        return WebhookSmsTransport(_parse(url), outbound, clock)
    if scheme == "twilio":
        return TwilioSmsTransport(_parse(url), outbound)
    cause = f"CIAM_SMS_URL: {scheme!r} is none of file, https, twilio"
    raise Misconfigured(cause)


def _parse(url: str) -> SplitResult:
    parts = urlsplit(url)
    try:
        has_place = bool(parts.hostname) and parts.port != 0
    except ValueError:
        has_place = False
    if not has_place:
        cause = "CIAM_SMS_URL: no host, or a port that is none"
        raise Misconfigured(cause)
    return parts
