"""Checks of what is stored: reachable, up to date, opened by our keys, worked off."""

from datetime import timedelta
from typing import Final

from ciam.administration.diagnosis.connections import judge_connections
from ciam.administration.diagnosis.finding import Finding
from ciam.administration.diagnosis.rotations import judge_rotations
from ciam.clock import SystemClock
from ciam.consent.parties import ANY_CLIENT
from ciam.consent.purposes import list_purposes
from ciam.errors import CiamError
from ciam.keys.server import load_server_keys
from ciam.keys.signing import NEEDED, is_active
from ciam.sealing import SERVER_KEY_USES, KeyRing, SealBroken
from ciam.settings import Settings
from ciam.storage import Database, UnitOfWork
from ciam.storage.migrate import find_drift, find_pending

_MOST_OFFSET: Final = timedelta(seconds=2)
_LONGEST_WAIT: Final = timedelta(minutes=5)
_DATABASE: Final = "database"


async def check_database(settings: Settings, master: KeyRing) -> list[Finding]:
    """Look into the database; stop at what makes the rest meaningless."""
    if settings.is_sqlite and not (settings.home / "ciam.db").exists() and _is_in_home(settings):
        said = "the embedded database is not there yet"
        return [Finding.warning(_DATABASE, said, "`ciam migrate` or `ciam serve` makes it")]
    try:
        database = Database.open(settings.database_url.get_secret_value(), SystemClock(), master)
    except CiamError as error:
        return [Finding.problem(_DATABASE, error.cause, "correct CIAM_DATABASE_URL")]
    try:
        return await _look(database)
    except (CiamError, OSError) as error:
        said = getattr(error, "cause", "") or str(error)
        mend = "start the database, and see that CIAM_DATABASE_URL names it"
        return [Finding.problem(_DATABASE, said, mend)]
    finally:
        await database.close()


def _is_in_home(settings: Settings) -> bool:
    return str(settings.home / "ciam.db") in settings.database_url.get_secret_value()


async def _look(database: Database) -> list[Finding]:
    pending = await find_pending(database.engines)
    if pending:
        said = f"{len(pending)} migrations have not run, the first is {pending[0]}"
        return [Finding.problem(_DATABASE, said, "`ciam migrate`, or start `ciam serve` anew")]
    found = [await _judge_drift(database), await _judge_clock(database)]
    async with database.read() as transaction:
        keys = await _judge_server_keys(transaction)
        found.append(keys)
        if keys.level != "problem":
            await load_server_keys(database, makes_missing=False)
            found += await judge_rotations(database)
            found.append(await _judge_signing_keys(transaction))
            found += await _judge_outbox(transaction)
            found += await _judge_config(transaction)
            found += await judge_connections(transaction)
    return found


async def _judge_drift(database: Database) -> Finding:
    drift = await find_drift(database.engines)
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    if not drift:
        return Finding.good(_DATABASE, f"{kind}, up to date")
    said = f"{len(drift)} differences from what this version declares, the first: {drift[0][:200]}"
    mend = "undo what was changed by hand, or restore a backup"
    return Finding.problem(_DATABASE, said, mend)


async def _judge_clock(database: Database) -> Finding:
    offset = await database.measure_clock_offset()
    if abs(offset) <= _MOST_OFFSET:
        return Finding.good("clock", "agrees with the database's")
    said = f"this computer is {-offset.total_seconds():+.1f} s from the database's clock"
    return Finding.warning("clock", said, "keep both by NTP: tokens are judged by time elsewhere")


async def _judge_server_keys(transaction: UnitOfWork) -> Finding:
    check = "server keys"
    try:
        uses = {key.use for key in await transaction.server_keys.list_live()}
    except SealBroken:
        said = "the master key does not fit this database"
        return Finding.problem(check, said, "set the one it was made with; nothing is lost")
    missing = sorted(set(SERVER_KEY_USES) - uses)
    if missing:
        said = f"missing: {', '.join(missing)}"
        return Finding.problem(check, said, "`ciam migrate` makes them")
    return Finding.good(check, "the master key opens them")


async def _judge_signing_keys(transaction: UnitOfWork) -> Finding:
    check, now = "signing keys", transaction.clock.now()
    missing = [
        f"{use} {algorithm}"
        for use, algorithm in NEEDED
        if not any(
            key.algorithm == algorithm and is_active(key, now)
            for key in await transaction.signing_keys.list_published(use)
        )
    ]
    if missing:
        said = f"none signs for {', '.join(missing)}"
        return Finding.problem(check, said, "`ciam migrate` makes what was never there")
    return Finding.good(check, "one signs for each use")


async def _judge_outbox(transaction: UnitOfWork) -> list[Finding]:
    check = "background work"
    state = await transaction.outbox.describe()
    found = []
    if state.failed:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(state.failed.items()))
        mend = "mend the cause (see the log: `job failed`); these are not tried again"
        found.append(Finding.problem(check, f"given up: {kinds}", mend))
    oldest = state.oldest_due_at
    if oldest is not None and transaction.clock.now() - oldest > _LONGEST_WAIT:
        minutes = int((transaction.clock.now() - oldest).total_seconds() // 60)
        said = f"{state.waiting} jobs wait, the oldest for {minutes} minutes"
        mend = "start `ciam serve` or `ciam worker`; if one runs, see its log"
        found.append(Finding.problem(check, said, mend))
    return found or [Finding.good(check, f"{state.waiting} jobs wait")]


async def _judge_config(transaction: UnitOfWork) -> list[Finding]:
    check = "configuration"
    clients = {client.client_id for client in await transaction.clients.list_all()}
    if not clients:
        return [Finding.warning(check, "no app is registered", "`ciam config apply FILE`")]
    found = [
        Finding.warning(
            check,
            f"purpose {purpose.key} names the app {client_id}, which is not registered",
            "register it or correct the purpose: nothing is released to it",
        )
        for purpose in await list_purposes(transaction)
        for recipient in purpose.document.recipients
        for client_id in recipient.clients
        if client_id not in clients and client_id != ANY_CLIENT
    ]
    return found or [Finding.good(check, f"{len(clients)} apps")]
