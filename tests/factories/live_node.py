"""A node in processes of its own, over a database that the attacker prepares and looks into.

What a race or a kill starts from (a code, a proven address, a session) is written by the rules of
the server itself, straight into the database; what is attacked is asked over HTTP.
"""

import asyncio
import base64
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID

import httpx
from pydantic import SecretStr
from starlette.requests import HTTPConnection

from ciam.authentication.requirement import Requirement
from ciam.authentication.state import State, Step
from ciam.clock import SystemClock
from ciam.customers.customer import create_customer
from ciam.customers.identifiers import parse_email
from ciam.identifiers import hash_secret, new_opaque, new_secret
from ciam.keys.master import load_master
from ciam.keys.server import load_server_keys
from ciam.oauth.tokens.access_token import audience_of
from ciam.sealing import KeyRing, new_key
from ciam.settings import Settings
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.journeys import Journey
from ciam.storage.stores.sessions import Session
from ciam.web.cookies import BROWSER
from ciam.web.csrf import FIELD, csrf_token
from tests.factories.token_world import SCOPES, TokenWorld, redirect_uri_of
from tests.oauth.authorization.apps import put_client
from tests.parts.server import Server

Given = TypeVar("Given")

_POLICIES: dict[str, dict[str, Any]] = {
    "limits": {
        "address_failures": 1_000_000,
        "mails_address_hour": 1_000_000,
        "journeys_address_hour": 1_000_000,
    },
    "challenges": {"proof_of_work": "off"},
}
"""All the world comes from one address here."""


@dataclass(frozen=True)
class Visitor:
    """A browser that holds the cookie and the form token of our pages."""

    secret: str = field(repr=False)
    form_token: str = field(repr=False)

    @property
    def browser_hash(self) -> bytes:
        """What journeys are bound to."""
        return hash_secret(self.secret)

    @property
    def headers(self) -> dict[str, str]:
        """What it sends with every request."""
        return {"Cookie": f"{BROWSER}={self.secret}", "Accept-Language": "en"}

    def form(self, **fields: str) -> dict[str, str]:
        """Give what it sends with a form."""
        return {FIELD: self.form_token, **fields}


@dataclass
class LiveNode:
    """A running node, and its database as seen from outside."""

    server: Server
    database: Database
    runner: asyncio.Runner
    others: tuple[Server, ...] = ()
    hour: timedelta = timedelta(hours=1)

    @property
    def base(self) -> str:
        """Where requests go: the address, so that no name is looked up."""
        return self.bases[0]

    @property
    def bases(self) -> list[str]:
        """Every node over this database, the first one first."""
        return [f"http://127.0.0.1:{server.port}" for server in (self.server, *self.others)]

    def run(self, work: Coroutine[Any, Any, Given]) -> Given:
        """Do something in the database, in this process."""
        return self.runner.run(work)

    def http(self) -> httpx.Client:
        """Give a client that follows no redirect."""
        return httpx.Client(base_url=self.base, timeout=30, trust_env=False)

    def visitor(self) -> Visitor:
        """Give a new browser."""
        secret = new_secret("br")
        parts = SimpleNamespace(database=self.database)
        scope = {
            "type": "http",
            "headers": [(b"cookie", f"{BROWSER}={secret}".encode())],
            "app": SimpleNamespace(state=SimpleNamespace(parts=parts)),
        }
        settings = Settings(home=self.server.home, issuer=self.server.url)
        parts.settings = settings
        return Visitor(secret, csrf_token(HTTPConnection(scope)))

    async def world(self, email: str = "first@example.jp") -> TokenWorld:
        """Give a customer who is signed in; families and codes can be made for them."""
        async with self.database.write() as transaction:
            customer = await self.customer(transaction, email)
            session = await self.session(transaction, customer)
        clock = self.database.clock
        return TokenWorld(self.database, clock, customer, session, httpx.AsyncClient())  # type: ignore[arg-type]  # the time is read only

    async def session(
        self, transaction: UnitOfWork, customer: UUID, secret: str | None = None
    ) -> Session:
        """Begin a session as the sign-in page does."""
        return await transaction.sessions.start(
            customer,
            secret or new_secret("ss"),
            acr="urn:ciam:acr:1",
            amr=("pwd",),
            expires_at=transaction.clock.now() + timedelta(days=30),
            address="192.0.2.1",
            user_agent="a browser of the tests",
        )

    async def customer(
        self, transaction: UnitOfWork, email: str, password_hash: str | None = None
    ) -> UUID:
        """Make a customer with a proven address."""
        made = await create_customer(
            transaction,
            email=email,
            email_verified_at=transaction.clock.now(),
            password_hash=password_hash,
            attributes={"family_name": "山田", "given_name": "花子"},
            language="ja",
            source="sign_up",
        )
        return made.id

    async def client(self, client_id: str, **metadata: Any) -> None:  # noqa: ANN401 - any metadata
        """Register an app with every scope that families ask for."""
        defaults = {"redirect_uris": [redirect_uri_of(client_id)], "scope": SCOPES}
        async with self.database.write() as transaction:
            await put_client(transaction, client_id, **(defaults | metadata))

    async def audience(self, world: TokenWorld, client_id: str) -> list[str]:
        """Give the audience of a family at this node's issuer."""
        client = await world.client(client_id)
        return list(audience_of(client, frozenset(SCOPES.split()), self.server.url))

    async def journey(
        self,
        transaction: UnitOfWork,
        visitor: Visitor,
        kind: str,
        step: Step,
        typed: str = "",
    ) -> Journey:
        """Put a journey of a browser at a step; from DETAILS on the address is proven."""
        now = transaction.clock.now()
        address = parse_email(typed) if typed else None
        state = State(
            step,
            "/account",
            Requirement(),
            address=address.address if address else "",
            lookup=address.lookup if address else "",
            sent_at=now,
            code_expires_at=now + timedelta(minutes=10),
            proven_at=now if step in {Step.DETAILS, Step.NEW_PASSWORD} else None,
        )
        return await transaction.journeys.begin(
            new_opaque(),
            visitor.browser_hash,
            kind=kind,
            state=state.to_json(),
            expires_at=now + timedelta(hours=1),
        )


@contextmanager
def live_node(
    database_url: str,
    *,
    twin: str | None = None,
    workers: int = 2,
    nodes: int = 1,
    masters: int = 1,
    more: dict[str, str] | None = None,
    **limits: int,
) -> Iterator[LiveNode]:
    """Start nodes that share a database, keys and an issuer; `limits` are of the policy.

    A race asks for two nodes: which worker of one node takes a connection is the kernel's choice,
    and when one takes them all nothing has raced.
    """
    keys = (base64.urlsafe_b64encode(new_key().secret).decode() for _ in range(masters))
    master = " ".join(keys)
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        env = {"CIAM_DATABASE_URL": database_url, "CIAM_MASTER_KEY": master, **(more or {})}
        server = Server(home=Path(folder) / "node", workers=workers, env=env, twin=twin)
        settings = Settings(home=server.home, master_key=SecretStr(master))
        database = Database.open(database_url, SystemClock(), load_master(settings))
        env = env | {"CIAM_ISSUER": server.url}
        others = tuple(
            Server(home=Path(folder) / f"node-{number}", workers=workers, env=env, twin=twin)
            for number in range(2, nodes + 1)
        )
        node = LiveNode(server, database, runner, others)
        try:
            if masters > 1:  # the installation is of the first; the others are for a rotation
                node.run(_prepare_first(database_url, load_master(settings)))
            node.run(_prepare(database, limits))
            for each in (server, *others):
                each.start()
            yield node
        finally:
            for each in (server, *others):
                each.kill()
            runner.run(database.close())


async def _prepare_first(database_url: str, masters: KeyRing) -> None:
    first = Database.open(database_url, SystemClock(), KeyRing.of(masters.oldest))
    await load_server_keys(first)
    await first.close()


async def _prepare(database: Database, limits: dict[str, int]) -> None:
    await load_server_keys(database)
    async with database.write() as transaction:
        for section, document in _POLICIES.items():
            more = limits if section == "limits" else {}
            await transaction.policies.put(section, document | more, managed_by="file")
        await transaction.config.raise_generation()
