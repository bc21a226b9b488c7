"""C-13: a credential event ends everything that was there before it, in one commit.

While one client carries it out, the others end sign-ins whose password was right, redeem and
refresh, ask for codes with the session, link, and begin what would stay pending. Whoever is first:
afterwards there is the session that asked for the event, and nothing else.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor
from ciam.authentication.change_email import finish_change
from ciam.authentication.undo_contact_change import EMAIL_UNDO, undo_change
from ciam.clock import SystemClock
from ciam.customers.credentials import change_password, lock_signed_in
from ciam.customers.customer import disable_customer
from ciam.customers.passkeys import remove
from ciam.customers.second_factors import remove_totp
from ciam.federation.linking import undo, unlink
from ciam.keys.signing import ensure_signing_keys
from ciam.sealing import KeyRing, SealingKey, new_key
from ciam.storage import Database
from ciam.storage.stores.authenticators import TOTP
from ciam.storage.stores.clients import Client
from tests.races.account import Account, make_account, switch_on
from tests.races.race import Round
from tests.races.single_uses import put_app
from tests.races.squad import Squad
from tests.races.traffic import MOST_LOOKS, TRAFFIC, carry_out, list_survivors, look

ID = "C-13"
TWIN = "trusting_sign_in"
SHORT = 20
_NEW: Final = "$argon2id$another-hash-that-is-not-real"

Event = Callable[[Database, Account], Awaitable[Any]]


async def _reset(database: Database, account: Account) -> None:
    async with database.write() as transaction:
        await change_password(transaction, account.customer, _NEW, kind=EventKind.PASSWORD_RESET)


async def _change_password(database: Database, account: Account) -> None:
    async with database.write() as transaction:
        await lock_signed_in(transaction, account.customer, account.mine.id)
        await change_password(transaction, account.customer, _NEW, keep_session=account.mine.id)


async def _disable(database: Database, account: Account) -> None:
    async with database.write() as transaction:
        await disable_customer(
            transaction, account.customer, "a race", actor=Actor.operator("test")
        )


async def _change_email(database: Database, account: Account) -> None:
    handle, code = account.change
    await finish_change(database, account.mine, account.browser, handle, code)


async def _undo_email(database: Database, account: Account) -> None:
    await undo_change(database, EMAIL_UNDO, account.undo_email)


async def _remove_app(database: Database, account: Account) -> None:
    async with database.write() as transaction:
        await remove_totp(transaction, account.customer, keep_session=account.mine.id)


async def _remove_passkey(database: Database, account: Account) -> None:
    async with database.write() as transaction:
        await remove(transaction, account.customer, account.passkey, keep_session=account.mine.id)


async def _unlink(database: Database, account: Account) -> None:
    async with database.write() as transaction:
        await unlink(transaction, account.customer, account.login, keep_session=account.mine.id)


async def _undo_link(database: Database, account: Account) -> None:
    async with database.write() as transaction:
        await undo(transaction, account.undo_link)


EVENTS: Final[dict[str, tuple[Event, bool]]] = {
    "password reset": (_reset, False),
    "password change": (_change_password, True),
    "disable": (_disable, False),
    "e-mail change": (_change_email, True),
    "e-mail change undone": (_undo_email, False),
    "app removed": (_remove_app, True),
    "passkey removed": (_remove_passkey, True),
    "login unlinked": (_unlink, True),
    "link undone": (_undo_link, False),
}
"""What ends access, and whether the session that asks for it stays."""

PROPERTY = f"of {len(TRAFFIC)} kinds of use nothing survives one of {len(EVENTS)} credential events"


class AccountGun:
    """Uses an account, or changes its credentials, straight by the rules."""

    async def open(self, options: dict[str, Any]) -> None:
        """Open the database, with the keys that every process shares."""
        self._database = _open(options["database_url"], options["key"])

    async def fire(self, _client: int, payload: tuple[str, Account, int]) -> str:
        """Do one thing, after some looks at the account."""
        name, account, looks = payload
        await look(self._database, account, looks)
        act = EVENTS[name][0] if name in EVENTS else TRAFFIC[name]
        return await carry_out(act, self._database, account)

    async def close(self) -> None:
        """Close the database."""
        await self._database.close()


@contextmanager
def open(  # noqa: A001 - the name every race has
    database_url: str, twin: str | None
) -> Iterator[tuple[Squad, Callable[[random.Random], Round]]]:
    """Start two processes with a database each, and a client for each kind of use."""
    key = new_key()
    with asyncio.Runner() as runner:
        database = _open(database_url, key)
        options = {"database_url": database_url, "key": key}
        gun = f"{__name__}:AccountGun"
        try:
            client = runner.run(_begin(database))
            with Squad(gun, options, clients=len(TRAFFIC) + 1, twin=twin) as squad:
                yield squad, lambda luck: _prepare(runner, database, client, luck)
        finally:
            runner.run(database.close())


def _open(database_url: str, key: SealingKey) -> Database:
    return Database.open(database_url, SystemClock(), KeyRing.of(key))


async def _begin(database: Database) -> Client:
    await ensure_signing_keys(database)
    async with database.write() as transaction:
        await switch_on(transaction)
        return await put_app(transaction)


def _prepare(
    runner: asyncio.Runner, database: Database, client: Client, luck: random.Random
) -> Round:
    event = luck.choice(list(EVENTS))
    account = runner.run(_make(database, client, event, luck.getrandbits(60)))
    acts = [event, *TRAFFIC]
    luck.shuffle(acts)

    def judge(outcomes: list[str]) -> str | None:
        did = dict(zip(acts, outcomes, strict=True))
        if did[event] != "done":
            return f"{event}: {did[event]}"
        kept = account.mine.id if EVENTS[event][1] else None
        survivors = runner.run(list_survivors(database, account, session=kept))
        return f"after {event}: {', '.join(survivors)} ({did})" if survivors else None

    return Round([(act, account, luck.randrange(MOST_LOOKS)) for act in acts], judge)


async def _make(database: Database, client: Client, event: str, number: int) -> Account:
    async with database.write() as transaction:
        account = await make_account(transaction, client, number, is_proven=True)
        if event == "app removed":
            await transaction.authenticators.add(account.customer, TOTP, secret=b"A" * 32)
        return account
