"""A server whose customers have phone numbers: its policies, its messages, its browsers."""

from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette

from ciam.customers.customer import create_customer
from ciam.customers.phones import PhoneNumber
from ciam.customers.usernames import parse_username
from ciam.storage.stores.customers import Customer
from tests.flows.account_people import PASSWORD
from tests.flows.mailbox import Mailbox
from tests.flows.textbox import Textbox
from tests.parts.plain_browser import Page, PlainBrowser

NUMBER, WRITTEN = "+819012345678", "090-1234-5678"
OTHER, OTHER_WRITTEN = "+818098765432", "080-9876-5432"


@dataclass(frozen=True)
class PhoneWorld:
    """The application with what it sends."""

    app: Starlette
    mails: Mailbox
    texts: Textbox

    @classmethod
    def of(cls, app: Starlette) -> "PhoneWorld":
        """Look at an application that runs."""
        parts = app.state.parts
        home, database = parts.settings.home, parts.database
        return cls(app, Mailbox(home, database), Textbox(home, database))

    def browser(self) -> PlainBrowser:
        """Give a browser without scripts."""
        return PlainBrowser(apps={self.app.state.parts.settings.issuer: self.app})

    async def open(self, browser: PlainBrowser, path: str) -> Page:
        """Open a page of the server."""
        return await browser.open(f"{self.app.state.parts.settings.issuer}{path}")

    async def put(self, section: str, **changes: Any) -> None:  # noqa: ANN401 - what a policy can hold
        """Change a section of the policies."""
        async with self.app.state.parts.database.write() as transaction:
            await transaction.policies.put(section, changes, managed_by="test")
            await transaction.config.raise_generation()

    async def make(
        self,
        *,
        email: str | None = None,
        phone: str | None = None,
        username: str | None = None,
        is_proven: bool = True,
    ) -> Customer:
        """Register a customer with a password."""
        parts = self.app.state.parts
        stored = await parts.hasher.hash(PASSWORD, parts.database.keys)
        now = parts.clock.now() if is_proven else None
        async with parts.database.write() as transaction:
            return await create_customer(
                transaction,
                email=email,
                email_verified_at=now,
                phone=None if phone is None else PhoneNumber(phone),
                phone_verified_at=now,
                username=None if username is None else parse_username(username),
                password_hash=stored,
                attributes={},
                language="en",
                source="sign_up",
            )

    async def can_sign_in(self, name: str, password: str = PASSWORD) -> bool:
        """Tell whether somebody comes in with a name and a password."""
        async with self.browser() as browser:
            page = await self.open(browser, "/sign-in")
            page = await page.submit("Sign in", {"identifier": name, "Password": password})
            return page.status == 200
