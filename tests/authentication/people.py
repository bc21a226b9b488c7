"""Browsers, journeys and customers for the rules of signing in."""

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import event, select

from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import (
    SIGN_IN,
    Journey,
    Requirement,
    begin,
    load,
)
from ciam.customers.customer import create_customer
from ciam.customers.passwords import PasswordHasher
from ciam.sessions.session import ACR_ONE, start_session
from ciam.storage import Database
from ciam.storage.stores.customers import Customer
from ciam.storage.stores.sessions import Session
from ciam.storage.tables.outbox import outbox

PASSWORD = "a password nobody guesses"
TARO = "taro@example.jp"
T = TypeVar("T")
_numbers = itertools.count(1)


def new_browser(**changes: Any) -> BrowserContext:  # noqa: ANN401 - any field of a context
    """Give a browser of its own, in a network of its own."""
    number = next(_numbers)
    browser = BrowserContext(
        number.to_bytes(32, "big"), f"2001:db8:{number:x}::1", "Mozilla/5.0 Firefox/150.0", "en"
    )
    return replace(browser, **changes)


async def new_journey(
    database: Database,
    browser: BrowserContext,
    kind: str = SIGN_IN,
    **requirement: Any,  # noqa: ANN401 - any field of it
) -> str:
    """Begin a journey to the account; gives its handle."""
    async with database.write() as transaction:
        return await begin(
            transaction,
            kind=kind,
            requirement=Requirement(**requirement),
            return_to="/account",
            context=browser,
        )


async def read_journey(database: Database, handle: str, browser: BrowserContext) -> Journey:
    """Give the journey as it is now."""
    async with database.read() as transaction:
        return await load(transaction, handle, browser)


async def make_customer(
    database: Database,
    hasher: PasswordHasher,
    email: str = TARO,
    **changes: Any,  # noqa: ANN401 - as create_customer takes them
) -> Customer:
    """Make a customer with a proven address and a password."""
    values: dict[str, Any] = {
        "email_verified_at": database.clock.now(),
        "attributes": {},
        "language": "en",
        "source": "sign_up",
    } | changes
    if "password_hash" not in values:
        values["password_hash"] = await hasher.hash(PASSWORD, database.keys)
    async with database.write() as transaction:
        return await create_customer(transaction, email=email, **values)


async def session_of(database: Database, customer: UUID) -> Session:
    """Sign a customer in."""
    async with database.write() as transaction:
        _, session = await start_session(
            transaction, customer, acr=ACR_ONE, amr=("pwd",), context=new_browser()
        )
    return session


async def mails(
    database: Database, *, withheld: bool = False, newest: int | None = None
) -> list[dict[str, Any]]:
    """Give the payloads of the mails in the outbox, oldest first; only those that are to leave."""
    async with database.write() as transaction:
        rows = await transaction.connection.execute(
            select(outbox.c.id, outbox.c.sealed_payload)
            .where(outbox.c.kind == "send_mail")
            .order_by(outbox.c.created_at.desc(), outbox.c.id.desc())
            .limit(newest)
        )
        store = transaction.outbox
        opened = [
            store.open_record("outbox", "payload", row.id, row.sealed_payload)
            for row in reversed(rows.all())
        ]
    return [mail for mail in map(json.loads, opened) if withheld or not mail["withheld"]]


class CountingHasher(PasswordHasher):
    """Counts what it hashes and compares."""

    work = 0

    async def _run(self, work: Callable[[], T]) -> T:
        self.work += 1
        return await super()._run(work)


class Statements:
    """The statements sent to a database while it is watched, without their parameters.

    A savepoint that is kept and one that is undone end with one statement each.
    """

    def __init__(self, database: Database) -> None:
        """Watch both engines."""
        self.seen: list[str] = []
        for engine in {database.engines.writing, database.engines.reading}:
            event.listen(engine.sync_engine, "before_cursor_execute", self._note)

    def _note(self, *call: Any) -> None:  # noqa: ANN401 - as SQLAlchemy calls it
        statement: str = call[2]
        is_end = statement.startswith(("RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT"))
        self.seen.append("the end of a savepoint" if is_end else statement)

    def take(self) -> list[str]:
        """Give what was seen and begin anew."""
        seen, self.seen = self.seen, []
        return seen
