"""Writes of four kinds that clients have acknowledged while nodes are killed, and what is left.

Each kind prepares a stock before a kill, makes one write of it over HTTP, and tells afterwards
whether a write is there as a whole, not at all, or by half.
"""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import httpx
from sqlalchemy import func, select

from ciam.audit.events import EventKind
from ciam.authentication.journey import RECOVERY, SIGN_UP
from ciam.authentication.state import Step
from ciam.identifiers import hash_secret, new_opaque, new_secret
from ciam.oauth.tokens.refresh_token import issue_first
from ciam.storage import UnitOfWork
from ciam.storage.tables.audit import audit_event
from ciam.storage.tables.consent import receipt
from tests.factories.live_node import LiveNode, Visitor
from tests.factories.token_world import CHALLENGE, TokenWorld, redirect_uri_of

STOCK = 10
ROTATING, ASKING = "spa", "partner"
PASSWORD = "a password nobody guesses"


@dataclass
class Item:
    """One write that can be made, and what came back if it was acknowledged."""

    handle: str = field(repr=False)
    visitor: Visitor | None = None
    owner: UUID | None = None  # a customer or a family
    login: str = ""
    before: UUID | None = None  # the authenticator that a reset replaces
    reply: str = field(default="", repr=False)


class Kind(Protocol):
    """One kind of write."""

    async def prepare(self, node: LiveNode, world: TokenWorld) -> list[Item]:
        """Make a stock for one trial."""
        ...

    def make(self, http: httpx.Client, item: Item) -> str:
        """Make one write; give what proves that it was acknowledged, or nothing."""
        ...

    async def find(self, transaction: UnitOfWork, item: Item) -> Mapping[str, bool]:
        """Tell which of its parts are there: all or none is right."""
        ...


class SignUps:
    """A customer with password, session and the end of the journey, of one commit."""

    async def prepare(self, node: LiveNode, _world: TokenWorld) -> list[Item]:
        """Put journeys at their last page."""
        items = []
        async with node.database.write() as transaction:
            for _ in range(STOCK):
                visitor, login = node.visitor(), f"{new_opaque().lower()}@example.jp"
                found = await node.journey(transaction, visitor, SIGN_UP, Step.DETAILS, login)
                items.append(Item(found.handle, visitor, login=found.state["lookup"]))
        return items

    def make(self, http: httpx.Client, item: Item) -> str:
        """Send the last form; the session's secret comes back."""
        assert item.visitor is not None
        form = item.visitor.form(family_name="山田", given_name="花子", password=PASSWORD)
        path = f"/sign-up/details?journey={item.handle}"
        answer = http.post(path, data=form, headers=item.visitor.headers)
        return _session_of(answer)

    async def find(self, transaction: UnitOfWork, item: Item) -> Mapping[str, bool]:
        """Look for the customer, the password, the journey's end and the acknowledged session."""
        assert item.visitor is not None
        journey = await transaction.journeys.find(item.handle, item.visitor.browser_hash)
        found = await transaction.identifiers.find_login(item.login)
        parts = {"end": journey is not None and journey.finished_at is not None}
        parts["customer"] = found is not None
        password = await transaction.authenticators.find_password(found.customer) if found else None
        parts["password"] = password is not None
        if item.reply:
            parts["session"] = await transaction.sessions.find(item.reply) is not None
        return parts


class Resets:
    """A new password, the end of the journey, an event and a mail, of one commit."""

    def __init__(self) -> None:
        """Start without customers; the same ones forget their passwords again and again."""
        self._people: list[tuple[UUID, str]] = []

    async def prepare(self, node: LiveNode, _world: TokenWorld) -> list[Item]:
        """Put journeys at the page that asks for the new password."""
        items = []
        async with node.database.write() as transaction:
            while len(self._people) < STOCK:
                login = f"forgetful.{len(self._people)}@example.jp"
                self._people.append((await node.customer(transaction, login), login))
            for owner, login in self._people:
                old = await transaction.authenticators.find_password(owner)
                visitor = node.visitor()
                found = await node.journey(transaction, visitor, RECOVERY, Step.NEW_PASSWORD, login)
                await transaction.journeys.change(found, found.state, customer=owner)
                before = None if old is None else old.id
                items.append(Item(found.handle, visitor, owner, before=before))
        return items

    def make(self, http: httpx.Client, item: Item) -> str:
        """Send the new password; the session's secret comes back."""
        assert item.visitor is not None
        path = f"/recover/password?journey={item.handle}"
        form = item.visitor.form(password=PASSWORD)
        answer = http.post(path, data=form, headers=item.visitor.headers)
        return _session_of(answer)

    async def find(self, transaction: UnitOfWork, item: Item) -> Mapping[str, bool]:
        """Look for the password, the journey's end and the acknowledged session."""
        assert item.visitor is not None
        assert item.owner is not None
        journey = await transaction.journeys.find(item.handle, item.visitor.browser_hash)
        now = await transaction.authenticators.find_password(item.owner)
        parts = {
            "end": journey is not None and journey.finished_at is not None,
            "password": now is not None and now.id != item.before,
        }
        if item.reply:
            parts["session"] = await transaction.sessions.find(item.reply) is not None
        return parts


class Refreshes:
    """A rotation: the old token superseded, its successor, an event, of one commit."""

    async def prepare(self, node: LiveNode, world: TokenWorld) -> list[Item]:
        """Begin families."""
        items = []
        for _ in range(STOCK):
            family = await world.family(ROTATING, audience=await node.audience(world, ROTATING))
            async with node.database.write() as transaction:
                found = await transaction.authorizations.find(family)
                assert found is not None
                items.append(Item(await issue_first(transaction, found), owner=family))
        return items

    def make(self, http: httpx.Client, item: Item) -> str:
        """Refresh; the successor comes back."""
        fields = {"grant_type": "refresh_token", "client_id": ROTATING}
        answer = http.post("/token", data=fields | {"refresh_token": item.handle})
        return str(answer.json()["refresh_token"]) if answer.status_code == 200 else ""

    async def find(self, transaction: UnitOfWork, item: Item) -> Mapping[str, bool]:
        """Look for the rotation, the successor, the event and the acknowledged token."""
        assert item.owner is not None
        old = await transaction.refresh_tokens.find(item.handle)
        family = audit_event.c.details["authorization"].as_string()
        events = await transaction.connection.scalar(
            select(func.count()).where(
                audit_event.c.kind == EventKind.TOKEN_REFRESHED, family == str(item.owner)
            )
        )
        parts = {
            "rotation": old is not None and old.superseded_at is not None,
            "successor": await transaction.refresh_tokens.find_successor(item.owner, 0) is not None,
            "event": bool(events),
        }
        if item.reply:
            parts["reply"] = await transaction.refresh_tokens.find(item.reply) is not None
        return parts


class Consents:
    """A decision: noted in the request, with a receipt; the receipt's event is of the checker."""

    async def prepare(self, node: LiveNode, world: TokenWorld) -> list[Item]:
        """Keep requests of an app that asks; each person is new, so each receipt is theirs."""
        items = []
        client = await world.client(ASKING)
        parameters = {
            "client_id": ASKING,
            "redirect_uri": redirect_uri_of(ASKING),
            "response_type": "code",
            "scope": "openid email",
            "state": "the state",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        async with node.database.write() as transaction:
            for _ in range(STOCK):
                visitor, session = node.visitor(), new_secret("ss")
                owner = await node.customer(transaction, f"{new_opaque().lower()}@example.jp")
                await node.session(transaction, owner, session)
                kept = await transaction.authorization_requests.keep(
                    new_opaque(),
                    hash_secret(visitor.secret),
                    client=client.id,
                    parameters=parameters,
                    expires_at=transaction.clock.now() + node.hour,
                )
                items.append(Item(kept.handle, visitor, owner, login=session))
        return items

    def make(self, http: httpx.Client, item: Item) -> str:
        """Press the button that allows."""
        assert item.visitor is not None
        headers = dict(item.visitor.headers)
        headers["Cookie"] += f"; ciam_session={item.login}"
        path = f"/consent?request={item.handle}"
        answer = http.post(path, data=item.visitor.form(decision="accept"), headers=headers)
        return "decided" if answer.status_code == 303 else ""

    async def find(self, transaction: UnitOfWork, item: Item) -> Mapping[str, bool]:
        """Look for the decision, the grant and the receipt."""
        assert item.visitor is not None
        assert item.owner is not None
        kept = await transaction.authorization_requests.find(item.handle, item.visitor.browser_hash)
        receipts = await transaction.connection.scalar(
            select(func.count()).where(receipt.c.customer == item.owner)
        )
        return {
            "decision": kept is not None and kept.decision is not None,
            "grant": bool(await transaction.client_grants.list_for(item.owner)),
            "receipt": bool(receipts),
        }


class Stock:
    """What the clients of one trial take from, each thread on its own."""

    def __init__(self) -> None:
        """Start empty."""
        self.kinds: tuple[Kind, ...] = (Resets(), SignUps(), Refreshes(), Consents())
        self._pools: dict[int, deque[Item]] = {}
        self.made: dict[str, tuple[Kind, Item]] = {}
        self._lock = threading.Lock()

    async def fill(self, node: LiveNode, world: TokenWorld) -> None:
        """Make new stock of every kind, and forget the last trial's."""
        self.made.clear()
        for number, kind in enumerate(self.kinds):
            self._pools[number] = deque(await kind.prepare(node, world))

    def take(self, name: str) -> tuple[Kind, Item] | None:
        """Take the next item for a write of this name; None when its kind is sold out."""
        with self._lock:
            for turn in range(len(self.kinds)):
                number = (len(self.made) + turn) % len(self.kinds)
                if self._pools[number]:
                    found = self.kinds[number], self._pools[number].popleft()
                    self.made[name] = found
                    return found
        return None

    async def find_broken(self, transaction: UnitOfWork, acked: set[str]) -> list[str]:
        """Give a sentence for each write that is lost or there by half."""
        broken = []
        for name, (kind, item) in self.made.items():
            parts: Mapping[str, Any] = await kind.find(transaction, item)
            what = type(kind).__name__
            if name in acked and not all(parts.values()):
                broken.append(f"{what} {name} was acknowledged and is lost: {parts}")
            elif len(set(parts.values())) > 1:
                broken.append(f"{what} {name} is there by half: {parts}")
        return broken


def _session_of(answer: httpx.Response) -> str:
    """Give the secret of the session that an answer begins; nothing when it begins none."""
    return (answer.cookies.get("ciam_session") or "") if answer.status_code == 303 else ""
