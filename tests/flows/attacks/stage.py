"""Attacker and owner, each with browsers and a mailbox, before one server and two providers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ciam.customers.customer import create_customer
from ciam.customers.identifiers import EMAIL, PHONE
from ciam.sessions.session import find_session
from tests.flows.account_people import PASSWORD
from tests.parts.plain_browser import Page, PlainBrowser

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from starlette.applications import Starlette

    from ciam.storage import Database
    from tests.flows.mailbox import Mailbox
    from tests.flows.textbox import Textbox
    from tests.parts.clock import FakeClock
    from tests.parts.fake_providers import FakeProviders

OWNER: Final = "hanako.owner@example.jp"
ATTACKER: Final = "mallory@example.com"
OWNERS_PASSWORD: Final = "what only the owner knows"
NAMES: Final = {"Family name": "山田", "Given name": "花子"}


@dataclass
class Stage:
    """Where both meet."""

    app: Starlette
    fakes: FakeProviders
    mailbox: Mailbox
    texts: Textbox
    clock: FakeClock
    browsers: list[PlainBrowser] = field(default_factory=list)
    owned: set[UUID | None] = field(default_factory=set)

    @property
    def database(self) -> Database:
        """What the server keeps."""
        database: Database = self.app.state.parts.database
        return database

    def browser(self) -> PlainBrowser:
        """Give a new browser."""
        apps = {self.app.state.parts.settings.issuer: self.app, **self.fakes.apps()}
        made = PlainBrowser(apps=apps)
        self.browsers.append(made)
        return made

    async def close(self) -> None:
        """Close every browser."""
        for browser in self.browsers:
            await browser.__aexit__(None, None, None)

    async def open(self, browser: PlainBrowser, path: str) -> Page:
        """Open one of our pages."""
        return await browser.open(f"{self.app.state.parts.settings.issuer}{path}")

    async def put(self, section: str, **changes: Any) -> None:  # noqa: ANN401 - what a policy can hold
        """Change a section of the policies."""
        async with self.database.write() as transaction:
            await transaction.policies.put(section, changes, managed_by="test")
            await transaction.config.raise_generation()

    async def premake(self, *, password: bool = False, also: str = "", number: str = "") -> UUID:
        """Make the account that nobody has proven yet, with the owner's address on it.

        `also` and `number` (E.164) are an address and a phone number beside it.
        """
        parts = self.app.state.parts
        stored = await parts.hasher.hash(PASSWORD, parts.database.keys) if password else None
        async with self.database.write() as transaction:
            made = await create_customer(
                transaction,
                email=OWNER,
                email_verified_at=None,
                password_hash=stored,
                attributes={},
                language="en",
                source="sign_up",
            )
            for kind, name in ((EMAIL, also), (PHONE, number)):
                if name:
                    await transaction.identifiers.add(
                        made.id, kind, name, source="sign_up", login=name
                    )
            await transaction.config.raise_generation()
        return made.id

    async def link(self, customer: UUID, provider: str, subject: str) -> None:
        """Link who is signed in at a provider, without proof."""
        issuer = self.fakes[provider].issuer
        async with self.database.write() as transaction:
            linked = await transaction.external_identities.link(
                customer, issuer, subject, connection=provider
            )
        assert linked is not None

    async def press(self, browser: PlainBrowser, provider: str, **person: Any) -> Page:  # noqa: ANN401 - of a fake's person
        """Continue with a provider, as a certain person there."""
        self.be(provider, **person)
        name = {"line": "LINE", "apple": "Apple"}[provider]
        page = await self.open(browser, "/sign-in?fresh=1")
        page = await page.submit(f"Continue with {name}")
        page = await page.follow(f"Continue to {name}")
        return await page.submit("Continue") if provider == "apple" else page

    def be(self, provider: str, **person: Any) -> None:  # noqa: ANN401 - of a fake's person
        """Be somebody at a provider from now on."""
        for name, value in person.items():
            setattr(self.fakes[provider].person, name, value)

    async def sign_in(self, browser: PlainBrowser, address: str, password: str) -> Page:
        """Sign in with a password."""
        page = await self.open(browser, "/sign-in?fresh=1")
        return await page.submit("Sign in", {"E-mail address": address, "Password": password})

    async def sign_in_by_text(self, browser: PlainBrowser, number: str) -> Page:
        """Sign in with a code that is texted to a number (E.164)."""
        page = await self.open(browser, "/sign-in?fresh=1")
        page = await page.submit("Send me a code instead", {"identifier": number})
        code = (await self.texts.newest(number)).code
        return await page.submit("Sign in", {"Six-digit code": code})

    async def ask_recovery(self, browser: PlainBrowser, address: str) -> Page:
        """Say that the password is lost."""
        page = await self.open(browser, "/recover")
        return await page.submit("Send the code", {"E-mail address": address})

    async def enter_code(self, page: Page, address: str) -> Page:
        """Enter the code of the newest mail to an address."""
        code = (await self.mailbox.newest(address)).code
        return await page.submit("Next", {"Six-digit code": code})

    async def recover(
        self, browser: PlainBrowser, address: str, password: str = OWNERS_PASSWORD
    ) -> Page:
        """Set a new password by the code in the mailbox."""
        page = await self.ask_recovery(browser, address)
        page = await self.enter_code(page, address)
        return await page.submit("Save the password and sign in", {"New password": password})

    async def register(
        self, browser: PlainBrowser, address: str, values: Mapping[str, str]
    ) -> Page:
        """Register with an address whose mailbox one can read."""
        page = await self.open(browser, "/sign-up")
        page = await page.submit("Next", {"E-mail address": address})
        page = await self.enter_code(page, address)
        return await page.submit("Create the account", NAMES | dict(values))

    async def note_owner(self, browser: PlainBrowser) -> None:
        """Note in which account the owner is."""
        found = await self.who_is(browser)
        assert found is not None, "the owner could not come in"
        self.owned.add(found)

    async def who_is(self, browser: PlainBrowser) -> UUID | None:
        """Give who is signed in in a browser."""
        page = await self.open(browser, "/account")
        secret = browser.cookies.get("ciam_session")
        if not page.url.endswith("/account") or secret is None:
            return None
        async with self.database.write() as transaction:
            session = await find_session(transaction, secret.value)
        return None if session is None else session.customer
