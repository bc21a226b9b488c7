"""Identities as providers prove them, and what a browser does with them, at the level of rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ciam.authentication.journey import SIGN_IN, load
from ciam.authentication.proceed import OnTheWay
from ciam.authentication.social_sign_in import arrive, begin_sign_in
from ciam.federation.identity import EmailTrust, ProvenIdentity
from tests.authentication.people import new_journey

if TYPE_CHECKING:
    from ciam.authentication.completion import SignedIn
    from ciam.authentication.context import BrowserContext
    from ciam.authentication.journey import Journey
    from ciam.storage import Database

CONNECTION = "line"


async def switch_on(database: Database, *keys: str) -> None:
    """Switch connections on, each a copy of LINE: nothing here talks to it."""
    document: dict[str, Any] = {
        "provider": "line",
        "client_id": "1",
        "names": {},
        "scopes": None,
        "order": 1,
    }
    more = {"email_trust": "authoritative", "keep_tokens": False, "options": {}, "issuer": None}
    rest = {"endpoints": None, "algorithm": None, "sandbox": None}
    async with database.write() as transaction:
        for key in keys or (CONNECTION,):
            await transaction.connections.put(
                key, document | more | rest, secret="not a real secret", managed_by="file"
            )
        await transaction.config.raise_generation()


def identity(
    database: Database,
    subject: str = "U-1001",
    email: str | None = "taro@example.jp",
    trust: EmailTrust = EmailTrust.VERIFIED,
    **changes: Any,  # noqa: ANN401 - any field of an identity
) -> ProvenIdentity:
    """Give a person as LINE has just proven them."""
    proven = ProvenIdentity(
        connection=CONNECTION,
        issuer="https://access.line.me",
        subject=subject,
        email=email,
        email_trust=trust,
        claims={"name": "山田 太郎"},
        proven_at=database.clock.now(),
        auth_time=None,
    )
    return replace(proven, **changes)


async def come_back(
    database: Database, browser: BrowserContext, proven: ProvenIdentity
) -> tuple[str, SignedIn | OnTheWay]:
    """Press the button, sign in at the provider and come back; gives the journey's handle."""
    asked = await new_journey(database, browser, SIGN_IN)
    handle = await begin_sign_in(database, asked, browser)
    return handle, await arrive(database, handle, browser, proven)


async def journey_of(database: Database, handle: str, browser: BrowserContext) -> Journey:
    """Give the journey as it is now."""
    async with database.read() as transaction:
        return await load(transaction, handle, browser)


async def holder_of(database: Database, proven: ProvenIdentity) -> object | None:
    """Give the customer that an identity is linked to."""
    async with database.read() as transaction:
        found = await transaction.external_identities.find(proven.issuer, proven.subject)
    return None if found is None else found.customer
