"""Short messages: the interface of a driver, and `file:`, which writes one JSON for each."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ciam.errors import Misconfigured
from ciam.messaging.files import write_whole

if TYPE_CHECKING:
    from ciam.settings import Settings


class SmsTransport(Protocol):
    """What takes a short message; raises Unavailable when a later try makes sense."""

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


def open_sms_transport(settings: Settings) -> SmsTransport:
    """Open what CIAM_SMS_URL says; raise Misconfigured for another scheme."""
    scheme, _, rest = settings.sms_url.get_secret_value().partition(":")
    if scheme != "file":
        cause = f"CIAM_SMS_URL: {scheme!r} is not file"
        raise Misconfigured(cause)
    path = rest.removeprefix("//")
    return FileSmsTransport(Path(path) if path else settings.home / "sms")
