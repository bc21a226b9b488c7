"""Where journeys take place: a server and its apps, browsers before it, its database and mail."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ciam.authentication.context import BrowserContext
from ciam.customers.customer import create_customer
from ciam.customers.passwords import PasswordHasher
from ciam.federation.connection import ConnectionConfig
from ciam.identifiers import new_opaque
from ciam.sessions.session import start_session
from ciam.storage import Database
from ciam.storage.stores.customers import Customer
from ciam.storage.stores.sessions import Session
from tests.authentication.people import mails
from tests.factories.token_world import SCOPES, TokenWorld, redirect_uri_of
from tests.flows.mailbox import read_mail
from tests.oauth.authorization.apps import CALLBACK, put_client
from tests.parts.fake_providers import FakeProviders
from tests.parts.plain_browser import PlainBrowser
from tests.providers.world import usual

PASSWORD, NEW_PASSWORD = "seven blue umbrellas in May", "eight red kites in August"
OURS, THEIRS, API = "ours", "theirs", "api"
CODE = "Six-digit code"
_MAIL_TRIES = 1500  # a minute and more: so long a node that died may hold a mail that it took
_NEWEST = 50  # of the mails in the outbox: more than one journey sends
_NO_WORK = {"proof_of_work": "off"}  # a thousand journeys in one minute are an attack


@dataclass
class Place:
    """Where journeys take place: a way in, and the database behind it as seen from outside."""

    issuer: str
    entry: Any
    database: Database
    hasher: PasswordHasher
    fakes: FakeProviders | None = None
    homes: tuple[Path, ...] = ()
    """Of nodes that send mail themselves; none: what is in the outbox counts as sent."""

    async def furnish(self) -> None:
        """Register the apps, open the limits, switch the provider on."""
        async with self.database.write() as transaction:
            await transaction.policies.put("limits", _WIDE, managed_by="file")
            await transaction.policies.put("challenges", _NO_WORK, managed_by="file")
            public = {"token_endpoint_auth_method": "none"}
            for client_id, is_ours in ((OURS, True), (THEIRS, False)):
                callback = [redirect_uri_of(client_id), CALLBACK]
                await put_client(
                    transaction,
                    client_id,
                    redirect_uris=callback,
                    scope=SCOPES,
                    first_party=is_ours,
                    **public,
                )
            await put_client(
                transaction, API, scope="openid account:profile", first_party=True, **public
            )
            if self.fakes is not None:
                config = ConnectionConfig.model_validate(usual("line"))
                await transaction.connections.put(
                    "line", config.to_document(), secret=config.secret(), managed_by="test"
                )
            await transaction.config.raise_generation()

    def browser(self) -> PlainBrowser:
        """Give a new browser before the server, and before the provider."""
        apps = {self.issuer: self.entry, **(self.fakes.apps() if self.fakes else {})}
        return PlainBrowser(apps=apps, catch=("https://shop.example.com/",))

    def http(self) -> httpx.AsyncClient:
        """Give an HTTP client of the server."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.entry), base_url=self.issuer, trust_env=False
        )

    async def customer(self, email: str) -> Customer:
        """Make a customer with a password."""
        stored = await self.hasher.hash(PASSWORD, self.database.keys)
        async with self.database.write() as transaction:
            return await create_customer(
                transaction,
                email=email,
                email_verified_at=transaction.clock.now(),
                password_hash=stored,
                attributes={"family_name": "山田", "given_name": "花子"},
                language="en",
                source="sign_up",
            )

    async def session(self, customer: Customer, browser: PlainBrowser) -> Session:
        """Sign a browser in."""
        context = BrowserContext(b"browser", "192.0.2.7", "a browser of the tests", "en")
        async with self.database.write() as transaction:
            secret, session = await start_session(
                transaction, customer.id, acr="urn:ciam:acr:1", amr=("pwd",), context=context
            )
        browser.cookies.store(self.issuer, f"ciam_session={secret}; Path=/; HttpOnly")
        return session

    async def mailed_code(self, email: str) -> str:
        """Give the newest code that is mailed to an address."""
        for _ in range(_MAIL_TRIES if self.homes else 1):
            codes = [code for _subject, code in await self.sent(email) if code]
            if codes:
                return codes[-1]
            await asyncio.sleep(0.05)
        raise AssertionError("no code was mailed")

    async def sent(self, email: str) -> list[tuple[str, str]]:
        """Give what was mailed to an address: template or subject, and the code in it."""
        if not self.homes:
            newest = await mails(self.database, newest=_NEWEST)
            payloads = [one for one in newest if one["to"] == email]
            return [(one["template"], str(one["message"].get("code", ""))) for one in payloads]
        paths = [path for home in self.homes for path in (home / "mail").glob("*.eml")]
        found = [read_mail(path) for path in sorted(paths, key=lambda path: path.name)]
        return [(mail.subject, mail.code) for mail in found if mail.to == email]

    async def tokens(self, email: str) -> TokenWorld:
        """Give what makes codes and families for a new customer."""
        customer = await self.customer(email)
        session = await self.session(customer, self.browser())
        clock = self.database.clock
        return TokenWorld(self.database, clock, customer.id, session, self.http())  # type: ignore[arg-type]  # the time is read only

    async def count_logins(self, email: str) -> int:
        """Count the customers who sign in with an address, which are one or none."""
        async with self.database.read() as transaction:
            found = await transaction.identifiers.find_login(email)
            if found is None:
                return 0
            return len(await transaction.sessions.list_for(found.customer))


Act = Callable[[], Awaitable[None]]
Journey = Callable[[Place], Awaitable[Act]]
"""Prepares one person, and gives what that person does; it asserts how it must end."""


def new_email() -> str:
    """Give an address that nobody has."""
    return f"{new_opaque().lower()}@example.jp"


_WIDE = {
    "password_failures": 10_000,
    "password_failures_known_device": 10_000,
    "address_failures": 1_000_000,
    "journeys_address_hour": 1_000_000,
    "mails_address_hour": 1_000_000,
    "api_writes_minute": 1_000_000,
    "code_attempts_hour": 10_000,
    "code_attempts_day": 10_000,
}
"""All the world comes from one address here."""
