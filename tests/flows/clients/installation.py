"""A running installation with the example configuration, and the mails it writes."""

import asyncio
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from tests.parts.server import ROOT, Server

CONFIG = Path(__file__).with_name("shop.yaml")
SECRETS = {
    f"{name.upper()}_SECRET": f"made-up-secret-of-{name}-for-tests"
    for name in ("shop", "points", "partner", "warehouse")
}
_MAIL_SECONDS = 20.0


@dataclass(frozen=True)
class Letter:
    """One mail as its reader sees it."""

    subject: str
    to: str
    language: str
    text: str
    html: str

    @property
    def code(self) -> str:
        """The six digits."""
        without_links = re.sub(r"https?://\S+", "", self.text)
        found = re.search(r"(?<!\w)\d{6}(?!\w)", without_links)
        assert found, f"no code in {self.subject!r}"
        return found.group()

    @property
    def link(self) -> str:
        """The first link."""
        found = re.search(r"https?://\S+", self.text)
        assert found, f"no link in {self.subject!r}"
        return found.group()


@dataclass
class Installation:
    """One node or more with one configuration."""

    server: Server

    @property
    def url(self) -> str:
        """The issuer."""
        return self.server.url

    def ciam(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ciam beside the server, on the same home and database."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        own = {"PYTHONPATH": str(ROOT), "CIAM_HOME": str(self.server.home), **SECRETS}
        return subprocess.run(
            [sys.executable, "-m", "ciam", *arguments],
            env=kept | own | self.server.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def apply(self, config: Path = CONFIG) -> str:
        """Apply a config file while the server runs."""
        done = self.ciam("config", "apply", str(config))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def letters(self, to: str) -> list[Letter]:
        """List the mails to an address, oldest first."""
        paths = sorted(
            (self.server.home / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns
        )
        found = [_read(path) for path in paths]
        return [letter for letter in found if letter.to == to]

    async def letter(self, to: str, number: int = 1) -> Letter:
        """Wait for the n-th mail to an address."""
        deadline = time.monotonic() + _MAIL_SECONDS
        while time.monotonic() < deadline:
            if len(found := self.letters(to)) >= number:
                return found[number - 1]
            await asyncio.sleep(0.05)
        there = [letter.subject for letter in self.letters(to)]
        raise AssertionError(f"no mail number {number} to {to}; there are {there}")


def start(server: Server, config: Path = CONFIG) -> Installation:
    """Start a server, unless it runs, and give it the example configuration."""
    installation = Installation(server if server.is_running() else server.start())
    installation.apply(config)
    return installation


def _read(path: Path) -> Letter:
    message = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    return Letter(
        subject=str(message["Subject"]),
        to=str(message["To"]),
        language=str(message["Content-Language"] or ""),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body(preferencelist=(kind,))
    return str(body.get_content()) if body is not None else ""
