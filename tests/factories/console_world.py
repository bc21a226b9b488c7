"""Operators of each role and a customer with everything, for tests of the console."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pyotp
from starlette.applications import Starlette

from ciam.administration.invitations import invite, join
from ciam.administration.roles import OWNER, SUPPORT, VIEWER
from ciam.audit.trail import Actor
from ciam.authentication.context import BrowserContext
from ciam.customers.customer import create_customer
from ciam.sessions.session import start_session
from ciam.storage import Database
from ciam.storage.stores.audit_events import AuditSearch
from ciam.storage.stores.customers import Customer
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

PASSWORD = "several words of an operator"
CUSTOMER_PASSWORD = "several words of a customer"
EMAIL, PHONE = "hanako.canary@example.jp", "+819012345678"
SECRETS = (EMAIL, "hanako.canary", PHONE, "Kanarienvogel", "198.51.100.77")
"""What no page may show unasked."""


@dataclass
class ConsoleWorld:
    """A running application with one operator of each role, and one customer."""

    app: Starlette
    clock: FakeClock
    seeds: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        """The database of the application."""
        found: Database = self.app.state.parts.database
        return found

    @property
    def issuer(self) -> str:
        """Where the application is."""
        found: str = self.app.state.parts.settings.issuer
        return found

    async def invite(self, email: str, *roles: str) -> str:
        """Invite somebody; give the path of the link."""
        async with self.database.write() as transaction:
            invited = await invite(
                transaction,
                email=email,
                roles=roles,
                reason="a test",
                actor=Actor.operator("cli:test"),
            )
            found = await transaction.operators.find_invitation(invited.link.partition("=")[2])
        assert found is not None
        self.seeds[email] = found.seed
        return invited.link

    async def add_operator(self, role: str, email: str | None = None) -> str:
        """Make an operator of a role; give the address."""
        email = email or f"{role}@example.jp"
        link = await self.invite(email, role)
        await join(
            self.database,
            self.app.state.parts.hasher,
            link.partition("=")[2],
            name=f"Test {role}",
            password=PASSWORD,
            code=self.code(email),
        )
        return email

    def code(self, email: str) -> str:
        """Give a code that was not used: the clock goes on by a step first."""
        self.clock.advance(timedelta(seconds=30))
        return pyotp.TOTP(self.seeds[email]).at(self.clock.now())

    async def sign_in(self, browser: PlainBrowser, email: str, password: str = PASSWORD) -> Page:
        """Sign in on the page; give where that leads."""
        page = await browser.open(f"{self.issuer}/admin/sign-in")
        return await page.submit(
            "Sign in", {"identifier": email, "password": password, "code": self.code(email)}
        )

    def browser(self) -> PlainBrowser:
        """Give another browser."""
        return PlainBrowser(apps={self.issuer: self.app})

    async def add_customer(self) -> Customer:
        """Make a customer whose every value is a canary."""
        parts = self.app.state.parts
        stored = await parts.hasher.hash(CUSTOMER_PASSWORD, parts.database.keys)
        async with parts.database.write() as transaction:
            made = await create_customer(
                transaction, email=EMAIL, email_verified_at=parts.clock.now(),
                password_hash=stored, attributes={"family_name": "Kanarienvogel"},
                language="en", source="sign_up",
            )  # fmt: skip
            await transaction.identifiers.add(made.id, "phone", PHONE, source="import", login=PHONE)
        await self.add_session(made)
        return made

    async def add_session(self, customer: Customer) -> str:
        """Sign a customer in somewhere; give the id of the session."""
        context = BrowserContext(b"browser", "198.51.100.77", "", "en")
        async with self.database.write() as transaction:
            _secret, session = await start_session(
                transaction, customer.id, acr="urn:ciam:acr:1", amr=("pwd",), context=context
            )
        return str(session.id)

    async def events(self, kind: str) -> list[dict[str, Any]]:
        """Give actor, customer and details of the events of a kind, oldest first."""
        async with self.database.read() as transaction:
            found = await transaction.audit_events.search(AuditSearch(kind=kind), limit=1000)
        return [
            {"actor": one.actor, "customer": one.customer, **one.details} for one in reversed(found)
        ]


ROLES = (OWNER, SUPPORT, VIEWER)
