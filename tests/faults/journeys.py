"""Journeys that end the same whatever goes away under them, as a person and an app make them.

Each is prepared by the rules, straight in the database; what is under attack goes through `entry`,
an ASGI application that may fail, ask again, or be several nodes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp

from ciam.authentication.context import BrowserContext
from ciam.consent.client_grants import give_grant
from ciam.customers.customer import create_customer
from ciam.customers.passwords import PasswordHasher
from ciam.federation.connection import ConnectionConfig
from ciam.identifiers import new_opaque
from ciam.oauth.tokens.access_token import audience_of, issue_access_token
from ciam.oauth.tokens.refresh_token import issue_first
from ciam.sessions.session import start_session
from ciam.storage import Database
from ciam.storage.stores.customers import Customer
from ciam.storage.stores.sessions import Session
from tests.authentication.people import mails
from tests.factories.token_world import SCOPES, VERIFIER, TokenWorld, redirect_uri_of
from tests.flows.mailbox import read_mail
from tests.flows.shop import link
from tests.oauth.authorization.apps import CALLBACK, put_client
from tests.parts.fake_providers import FakeProviders
from tests.parts.plain_browser import Page, PlainBrowser
from tests.providers.world import usual

PASSWORD, NEW_PASSWORD = "seven blue umbrellas in May", "eight red kites in August"
OURS, THEIRS, API = "ours", "theirs", "api"
CODE = "Six-digit code"
_MAIL_TRIES = 400


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
        for _ in range(_MAIL_TRIES):
            codes = [code for _subject, code in await self.sent(email) if code]
            if codes:
                return codes[-1]
            await asyncio.sleep(0.05)
        raise AssertionError("no code was mailed")

    async def sent(self, email: str) -> list[tuple[str, str]]:
        """Give what was mailed to an address: template or subject, and the code in it."""
        if not self.homes:
            payloads = [one for one in await mails(self.database) if one["to"] == email]
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


def _email() -> str:
    return f"{new_opaque().lower()}@example.jp"


async def sign_up(place: Place) -> Act:
    """Join: address, code, details."""
    email, browser = _email(), place.browser()

    async def act() -> None:
        page = await browser.open(f"{place.issuer}/sign-up")
        page = await page.submit("Next", {"email": email})
        page = await page.submit("Next", {CODE: await place.mailed_code(email)})
        names = {"Family name": "山田", "Given name": "花子", "password": PASSWORD}
        page = await page.submit("Create the account", names)
        _expect_account(page)
        assert await place.count_logins(email) == 1

    return act


async def sign_in(place: Place) -> Act:
    """Sign in with a password."""
    email, browser = _email(), place.browser()
    await place.customer(email)

    async def act() -> None:
        page = await browser.open(f"{place.issuer}/sign-in")
        page = await page.submit("Sign in", {"identifier": email, "Password": PASSWORD})
        _expect_account(page)
        assert await place.count_logins(email) == 1, "one session, however often it was asked"

    return act


async def second_factor(place: Place) -> Act:
    """Sign in with a password and the code of an app."""
    email, browser, seed = _email(), place.browser(), pyotp.random_base32()
    customer = await place.customer(email)
    async with place.database.write() as transaction:
        await transaction.authenticators.add(customer.id, "totp", secret=seed.encode())

    async def act() -> None:
        page = await browser.open(f"{place.issuer}/sign-in")
        page = await page.submit("Sign in", {"identifier": email, "Password": PASSWORD})
        assert page.heading == "One more step", page.text
        code = pyotp.TOTP(seed).at(place.database.clock.now())
        _expect_account(await page.submit("Sign in", {CODE: code}))
        assert await place.count_logins(email) == 1

    return act


async def recovery(place: Place) -> Act:
    """Set a new password with a mailed code."""
    email, browser = _email(), place.browser()
    await place.customer(email)

    async def act() -> None:
        page = await browser.open(f"{place.issuer}/recover")
        page = await page.submit("Send the code", {"E-mail address": email})
        page = await page.submit("Next", {CODE: await place.mailed_code(email)})
        page = await page.submit("Save the password and sign in", {"New password": NEW_PASSWORD})
        _expect_account(page)
        assert await place.count_logins(email) == 1
        if not place.homes:  # else it is on its way
            told = [name for name, _code in await place.sent(email)]
            assert told.count("password_changed") == 1, "told once"

    return act


async def change_email(place: Place) -> Act:
    """Change the address one signs in with."""
    old, new, browser = _email(), _email(), place.browser()
    await place.session(await place.customer(old), browser)

    async def act() -> None:
        page = await browser.open(f"{place.issuer}/account/email")
        page = await page.submit("Send the code", {"New e-mail address": new})
        page = await page.submit("Change the address", {CODE: await place.mailed_code(new)})
        assert page.status == 200, page.text
        async with place.database.read() as transaction:
            assert await transaction.identifiers.find_login(new) is not None
            assert await transaction.identifiers.find_login(old) is None

    return act


async def consent(place: Place) -> Act:
    """Allow an app of somebody else."""
    email, browser = _email(), place.browser()
    customer = await place.customer(email)
    await place.session(customer, browser)
    ways = {"client_id": THEIRS, "scope": "openid email", "redirect_uri": CALLBACK}
    target = link(_as_app(place), ways)

    async def act() -> None:
        page = await browser.open(target)
        page = await page.submit("Allow")
        answer = parse_qs(urlsplit(page.url).query)
        assert "code" in answer, page.text
        async with place.database.read() as transaction:
            assert len(await transaction.client_grants.list_for(customer.id)) == 1

    return act


async def code(place: Place) -> Act:
    """Redeem a code; a second valid use is refused, by rule (C-01), and then one begins anew."""
    world = await place.tokens(_email())
    given = await world.code(OURS, audience=await _audience(place, world, OURS))
    again = await world.code(OURS, audience=await _audience(place, world, OURS))

    async def act() -> None:
        answer = await _redeem(world, given)
        if answer.status_code == 400:
            assert answer.json()["error"] == "invalid_grant"
            answer = await _redeem(world, again)
        assert answer.status_code == 200, answer.text
        await world.http.aclose()

    return act


async def refresh(place: Place) -> Act:
    """Rotate a refresh token; the lost answer is given again."""
    world = await place.tokens(_email())
    first = await _first_token(place, world)

    async def act() -> None:
        answer = await _post(world, "/token", grant_type="refresh_token", refresh_token=first)
        assert answer.status_code == 200, answer.text
        second = await _post(world, "/token", grant_type="refresh_token", refresh_token=first)
        assert second.json()["refresh_token"] == answer.json()["refresh_token"]
        assert await world.count_leaves_of(first) == 1
        await world.http.aclose()

    return act


async def revoke(place: Place) -> Act:
    """Give a token back."""
    world = await place.tokens(_email())
    first = await _first_token(place, world)

    async def act() -> None:
        answer = await _post(world, "/revoke", token=first)
        assert answer.status_code == 200, answer.text
        assert not await world.has_active(first)
        await world.http.aclose()

    return act


async def api_write(place: Place) -> Act:
    """Write with an Idempotency-Key: the same reply, one effect."""
    world = await place.tokens(_email())
    scopes = frozenset({"openid", "account:profile"})
    client = await world.client(API)
    async with place.database.write() as transaction:
        await give_grant(transaction, world.customer, client, scopes, screen=None)
    family = await world.family(
        API,
        scopes=" ".join(scopes),
        audience=list(audience_of(client, scopes, place.issuer)),
        expires_at=place.database.clock.now() + timedelta(days=1),
    )
    async with place.database.write() as transaction:
        found = await transaction.authorizations.find(family)
        assert found is not None
        token = (await issue_access_token(transaction, client, found, scopes, place.issuer)).token
    sent = {"Authorization": f"Bearer {token}", "Idempotency-Key": new_opaque()}

    async def act() -> None:
        there = await world.http.get("/api/v1/profile", headers=sent)
        assert there.status_code == 200, there.text
        headers = sent | {"If-Match": there.headers["etag"]}
        change = {"nickname": "はな"}
        first = await world.http.patch("/api/v1/profile", json=change, headers=headers)
        assert first.status_code == 200, first.text
        again = await world.http.patch("/api/v1/profile", json=change, headers=headers)
        assert (again.status_code, again.content) == (200, first.content)
        await world.http.aclose()

    return act


async def link_login(place: Place) -> Act:
    """Join with a social login, which is linked once."""
    assert place.fakes is not None
    email, browser, person = _email(), place.browser(), place.fakes["line"].person
    person.email, person.subject = None, f"U{new_opaque()}"

    async def act() -> None:
        page = await browser.open(f"{place.issuer}/sign-in")
        page = await page.submit("Continue with LINE")
        page = await page.follow("Continue to LINE")
        page = await page.submit("Next", {"E-mail address": email})
        page = await page.submit("Next", {CODE: await place.mailed_code(email)})
        names = {"Family name": "山田", "Given name": "花子"}
        page = await page.submit("Create the account", names)
        if page.heading == "Sign in":  # the form holds no proof, so its answer is not given twice
            page = await page.submit("Continue with LINE")
            page = await page.follow("Continue to LINE")
        _expect_account(page)
        async with place.database.read() as transaction:
            found = await transaction.identifiers.find_login(email)
            assert found is not None
            linked = await transaction.external_identities.list_for(found.customer)
        assert [one.subject for one in linked] == [person.subject]

    return act


JOURNEYS: dict[str, Journey] = {
    one.__name__: one
    for one in (
        sign_up,
        sign_in,
        second_factor,
        recovery,
        change_email,
        consent,
        code,
        refresh,
        revoke,
        api_write,
        link_login,
    )
}

_WIDE = {
    "password_failures": 10_000,
    "password_failures_known_device": 10_000,
    "address_failures": 1_000_000,
    "mails_address_hour": 1_000_000,
    "api_writes_minute": 1_000_000,
    "code_attempts_hour": 10_000,
    "code_attempts_day": 10_000,
}
"""All the world comes from one address here."""


def _expect_account(page: Page) -> None:
    assert page.status == 200, page.text
    assert urlsplit(page.url).path in {"/account", "/passkeys/offer"}, f"{page.url} {page.text}"


def _as_app(place: Place) -> Any:  # noqa: ANN401 - as much of an application as a link needs
    settings = SimpleNamespace(issuer=place.issuer)
    return SimpleNamespace(state=SimpleNamespace(parts=SimpleNamespace(settings=settings)))


async def _audience(place: Place, world: TokenWorld, client_id: str) -> list[str]:
    client = await world.client(client_id)
    return list(audience_of(client, frozenset(SCOPES.split()), place.issuer))


async def _first_token(place: Place, world: TokenWorld) -> str:
    family = await world.family(OURS, audience=await _audience(place, world, OURS))
    async with place.database.write() as transaction:
        found = await transaction.authorizations.find(family)
        assert found is not None
        return await issue_first(transaction, found)


async def _post(world: TokenWorld, path: str, **fields: str) -> httpx.Response:
    return await world.http.post(path, data={"client_id": OURS, **fields})


async def _redeem(world: TokenWorld, given: str) -> httpx.Response:
    return await _post(
        world,
        "/token",
        grant_type="authorization_code",
        code=given,
        redirect_uri=redirect_uri_of(OURS),
        code_verifier=VERIFIER,
    )
