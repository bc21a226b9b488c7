"""The text messages that a server has written to its outbox folder, as a receiver reads them."""

import asyncio
import json
import re
from dataclasses import dataclass
from pathlib import Path

from ciam.storage import Database


@dataclass(frozen=True)
class TextMessage:
    """One text message as it arrived."""

    to: str
    text: str

    @property
    def code(self) -> str:
        """The six digits of the last line, as a browser takes them; empty when there are none."""
        found = re.fullmatch(r"@localhost #(\d{6})", self.text.splitlines()[-1])
        return found[1] if found else ""

    def link(self, path: str = "/") -> str:
        """Give the link whose path begins so; empty when there is none."""
        found = re.search(rf"https?://[^/\s]+{re.escape(path)}\S*", self.text)
        return found[0] if found else ""


class Textbox:
    """Every text message of a server with `CIAM_SMS_URL=file:`."""

    def __init__(self, home: Path, database: Database) -> None:
        """Look below the home of the server; the database tells whether any are under way."""
        self._folder = home / "sms"
        self._database = database

    async def all(self) -> list[TextMessage]:
        """Give every message, in the order sent, once nothing is under way any more."""
        for _ in range(1500):
            async with self._database.read() as transaction:
                if await transaction.outbox.count_waiting() == 0:
                    break
            await asyncio.sleep(0.02)
        paths = sorted(self._folder.glob("*.json"), key=lambda path: path.name)
        found = [json.loads(path.read_text()) for path in paths]
        return [TextMessage(one["to"], one["text"]) for one in found]

    async def to(self, number: str) -> list[TextMessage]:
        """Give the messages to one number (E.164)."""
        return [message for message in await self.all() if message.to == number]

    async def newest(self, number: str) -> TextMessage:
        """Give the newest message to a number."""
        return (await self.to(number))[-1]
