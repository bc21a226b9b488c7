"""Virtual authenticators of a person's machine (Chrome DevTools Protocol, WebAuthn)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import CDPSession, Page

from tests.browser.walker import Walker


class Authenticators:
    """The authenticators of one page's machine (Chrome DevTools Protocol, WebAuthn)."""

    def __init__(self, session: CDPSession) -> None:
        """Speak through a session of the page."""
        self.session = session

    async def add(self, *, is_synced: bool) -> str:
        """Plug in an authenticator whose owner is there and verified; give its name."""
        options = {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
            "defaultBackupEligibility": is_synced,
            "defaultBackupState": is_synced,
        }
        added = await self.session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return str(added["authenticatorId"])

    async def remove(self, name: str) -> None:
        """Unplug an authenticator."""
        await self.session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": name})

    async def credentials(self, name: str) -> list[dict[str, Any]]:
        """List what an authenticator holds."""
        found = await self.session.send("WebAuthn.getCredentials", {"authenticatorId": name})
        return list(found["credentials"])


@asynccontextmanager
async def equipped(person: Walker) -> AsyncIterator[Authenticators]:
    """Give the person's machine authenticators."""
    async with machine(person.page) as authenticators:
        yield authenticators


@asynccontextmanager
async def machine(page: Page) -> AsyncIterator[Authenticators]:
    """Give the machine that a page is open on authenticators."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable", {"enableUI": False})
    yield Authenticators(session)
    await session.send("WebAuthn.disable")
