"""One customer, signed in in one browser, and an app that asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from ciam.consent.client_grants import give_grant
from ciam.keys.signing import ensure_signing_keys, sign_jwt
from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.authorization.steps import check_request
from ciam.oauth.parameters import collect_parameters
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.clients import Client
from ciam.storage.stores.sessions import Session
from tests.oauth.authorization.apps import GOOD, ISSUER, put_client
from tests.parts.clock import FakeClock

BROWSER = b"b" * 32
OTHER_BROWSER = b"o" * 32


@dataclass(frozen=True)
class World:
    """What a test of authorization starts from."""

    database: Database
    clock: FakeClock
    client: Client
    customer: UUID
    session: Session

    async def check(
        self, changes: Mapping[str, str | None] | None = None, *more: tuple[str, str]
    ) -> AuthorizationRequest:
        """Check a good request with these changes; None leaves a parameter out."""
        wanted = {**GOOD, **(changes or {})}
        items = [(name, value) for name, value in wanted.items() if value is not None]
        async with self.database.read() as transaction:
            return await check_request(
                transaction, collect_parameters([*items, *more]), issuer=ISSUER
            )

    async def allow(self, *scopes: str) -> None:
        """Let the customer have allowed the app these scopes."""
        async with self.database.write() as transaction:
            await give_grant(transaction, self.customer, self.client, scopes, screen=None)

    async def id_token(self, **claims: Any) -> str:  # noqa: ANN401 - any claim
        """Sign what an ID token of this customer for this app says."""
        async with self.database.write() as transaction:
            known = {"iss": ISSUER, "aud": self.client.client_id, "sub": "subject-of-hanako"}
            await transaction.client_subjects.add(
                self.client.id, self.customer, "subject-of-hanako"
            )
            typ = claims.pop("typ", "JWT")
            return await sign_jwt(transaction, {**known, **claims}, typ=typ)


async def start_session(transaction: UnitOfWork, customer: UUID, secret: str) -> Session:
    """Sign a customer in, one factor, for a day."""
    return await transaction.sessions.start(
        customer,
        secret,
        acr="urn:ciam:acr:1",
        amr=["pwd"],
        expires_at=transaction.clock.now() + timedelta(days=1),
        address="192.0.2.1",
        user_agent="test",
    )


@pytest.fixture
async def world(database: Database, clock: FakeClock) -> World:
    """Give an app, and a customer who signed in a minute ago."""
    await ensure_signing_keys(database)
    async with database.write() as transaction:
        client = await put_client(transaction)
        customer = await transaction.customers.insert_new(language="ja")
        session = await start_session(transaction, customer.id, "session secret")
    clock.advance(timedelta(minutes=1))
    return World(database, clock, client, customer.id, session)
