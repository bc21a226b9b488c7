"""The mails that a server has written to its outbox folder, read as their receiver would."""

import asyncio
import email
import email.policy
import re
from dataclasses import dataclass
from pathlib import Path

from ciam.storage import Database


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived."""

    to: str
    subject: str
    text: str

    @property
    def code(self) -> str:
        """The six digits; empty when the mail holds none."""
        found = re.search(r"(?m)^\s*(\d{6})\s*$", self.text)
        return found[1] if found else ""

    def link(self, path: str = "/") -> str:
        """Give the first link whose path begins so; empty when there is none."""
        found = re.search(rf"(?m)^\s*(https?://[^/\s]+{re.escape(path)}\S*)\s*$", self.text)
        return found[1] if found else ""


class Mailbox:
    """Every mail of a server with `CIAM_MAIL_URL=file:`."""

    def __init__(self, home: Path, database: Database) -> None:
        """Look below the home of the server; the database tells whether mails are under way."""
        self._folder = home / "mail"
        self._database = database

    async def all(self) -> list[Mail]:
        """Give every mail, in the order sent, once nothing is under way any more."""
        for _ in range(1500):
            async with self._database.read() as transaction:
                if await transaction.outbox.count_waiting() == 0:
                    break
            await asyncio.sleep(0.02)
        paths = sorted(self._folder.glob("*.eml"), key=lambda path: path.name)
        return [read_mail(path) for path in paths]

    async def to(self, address: str) -> list[Mail]:
        """Give the mails to one address."""
        return [mail for mail in await self.all() if mail.to == address]

    async def newest(self, address: str) -> Mail:
        """Give the newest mail to an address."""
        return (await self.to(address))[-1]


def read_mail(path: Path) -> Mail:
    """Read a mail as its receiver would."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    return Mail(str(message["To"]), str(message["Subject"]), body.get_content())
