"""L-04: after the first proof of an address nothing is left of who was there before (rule 5).

Somebody made an account with an address that is not theirs and filled it: sessions, tokens,
devices, a passkey, a linked login, mails that undo. While they go on using all of it, and add an
authenticator app, its owner proves the address: by a lost password (of which the new one is hashed
already), or by a mailed link beside a social login. Where the traffic ended the owner's journey,
the owner begins again.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pyotp

from ciam.authentication import recovery
from ciam.authentication.context import BrowserContext
from ciam.authentication.verification import verify_link
from ciam.clock import SystemClock
from ciam.customers.second_factors import enrol_totp
from ciam.customers.totp import new_seed
from ciam.federation.linking import undo
from ciam.keys.signing import ensure_signing_keys
from ciam.sealing import KeyRing, SealingKey, new_key
from ciam.storage import Database
from ciam.storage.stores.clients import Client
from tests.races.account import (
    Account,
    begin_beside,
    begin_recovery,
    make_account,
    owner_of,
    switch_on,
)
from tests.races.race import Round
from tests.races.single_uses import put_app
from tests.races.squad import Squad
from tests.races.traffic import (
    MOST_LOOKS,
    TRAFFIC,
    carry_out,
    list_survivors,
    list_ways_in,
    look,
)

ID = "L-04"
TWIN = "trusting_session"
SHORT = 20
_NEW: Final = "$argon2id$another-hash-that-is-not-real"


async def _add_app(database: Database, account: Account) -> None:
    """Set up an authenticator app with the session that there was."""
    seed = new_seed()
    async with database.write() as transaction:
        code = pyotp.TOTP(seed).at(transaction.clock.now())
        await enrol_totp(transaction, account.customer, seed, code, keep_session=account.session.id)


async def _undo_link(database: Database, account: Account) -> None:
    """Bring back a login that was disconnected."""
    async with database.write() as transaction:
        await undo(transaction, account.undo_unlink)


ATTACK: Final = TRAFFIC | {"add_app": _add_app, "undo_unlink": _undo_link}
PROPERTY = f"of {len(ATTACK)} kinds of use nothing survives the first proof of an address"


class AttackGun:
    """Uses an account that nobody proved, or proves its address."""

    async def open(self, options: dict[str, Any]) -> None:
        """Open the database, with the keys that every process shares."""
        self._database = _open(options["database_url"], options["key"])

    async def fire(self, _client: int, payload: tuple[str, Account, int]) -> str:
        """Do one thing, after some looks at the account."""
        name, account, looks = payload
        await look(self._database, account, looks)
        if name in ATTACK:
            return await carry_out(ATTACK[name], self._database, account)
        return await _prove(self._database, name, account)

    async def close(self) -> None:
        """Close the database."""
        await self._database.close()


async def _prove(database: Database, way: str, account: Account) -> str:
    owner = owner_of(account.browser)
    if way == "recovery":
        return await carry_out(_recover, database, account, owner)
    return await carry_out(verify_link, database, account.beside[0], owner, account.beside[1])


async def _recover(database: Database, account: Account, owner: BrowserContext) -> None:
    async with database.write() as transaction:
        await recovery._go_on(transaction, account.recovery, owner, _NEW)  # noqa: SLF001 - hashed before


@contextmanager
def open(  # noqa: A001 - the name every race has
    database_url: str, twin: str | None
) -> Iterator[tuple[Squad, Callable[[random.Random], Round]]]:
    """Start two processes with a database each, and a client for each kind of use."""
    key = new_key()
    with asyncio.Runner() as runner:
        database = _open(database_url, key)
        options = {"database_url": database_url, "key": key}
        gun = f"{__name__}:AttackGun"
        try:
            client = runner.run(_begin(database))
            with Squad(gun, options, clients=len(ATTACK) + 1, twin=twin) as squad:
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
    runner: asyncio.Runner,
    database: Database,
    client: Client,
    luck: random.Random,
) -> Round:
    way = luck.choice(("recovery", "beside a social login"))
    account = runner.run(_make(database, client, luck.getrandbits(60)))
    acts = [way, *ATTACK]
    luck.shuffle(acts)

    def judge(outcomes: list[str]) -> str | None:
        did = dict(zip(acts, outcomes, strict=True))
        if did[way] != "done":
            again = runner.run(_prove_again(database, way, account))
            if again != "done":
                return f"the owner could not prove the address: {again} after {did[way]}"
        left = runner.run(_list_left(database, way, account))
        return f"after {way}: {', '.join(left)} ({did})" if left else None

    return Round([(act, account, luck.randrange(MOST_LOOKS)) for act in acts], judge)


async def _make(database: Database, client: Client, number: int) -> Account:
    async with database.write() as transaction:
        return await make_account(transaction, client, number, is_proven=False)


async def _prove_again(database: Database, way: str, account: Account) -> str:
    async with database.write() as transaction:
        lost = await begin_recovery(transaction, account.customer, account.browser, account.address)
        beside = await begin_beside(transaction, account.customer, account.browser, account.address)
    renewed = account.again(recovery=lost, beside=beside)
    return await _prove(database, way, renewed)


async def _list_left(database: Database, way: str, account: Account) -> list[str]:
    """Give what opens the account now, but for what its owner has just made."""
    left = await list_ways_in(database, account)
    if way == "recovery":
        left.remove("password")
        expected = ["1 sessions", "1 devices"]
    else:
        expected = ["1 journeys", "1 link proofs"]
    return left + [one for one in await list_survivors(database, account) if one not in expected]
