"""How far each rotation is: what still lies under an older key, and when that key may go.

Whatever a key is used for in rows of the database is moved by a job (`ciam.jobs.rekey`). What is
used outside of it (form tokens, codes that were mailed, windows of counters) ends by itself: so an
older key stays for as long as the longest of these lives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from ciam.errors import Misconfigured
from ciam.keys.server import KNOWN_AFTER, MASTER
from ciam.sealing import KeyRing
from ciam.storage.stores.external_identities import SUBJECTS
from ciam.storage.stores.identifiers import LOGINS
from ciam.storage.stores.operators import ADDRESSES

if TYPE_CHECKING:
    from ciam.storage import UnitOfWork

LIVES_ON: Final = {
    MASTER: timedelta(minutes=10),
    "index": timedelta(days=8),  # what a provider said at the first login is kept for a week
    "refresh": timedelta(hours=1),
    "pepper": timedelta(minutes=10),
    "cookie": timedelta(days=2),
    "records": timedelta(days=2),
}
"""How long what a key is used for outside of rows that are moved goes on."""
DESTROYED_AFTER: Final = timedelta(days=35)
"""As long as a backup may be old that still needs a removed key."""


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """One version of a key; `rows` lie under an older one than what seals, and wait to be moved."""

    use: str
    version: int
    state: str
    """seals, opens (an older one), or known soon (too new to seal)."""
    created_at: datetime
    rows: int = 0
    removable_at: datetime | None = None

    def is_removable(self, now: datetime) -> bool:
        """Whether nothing needs it any more."""
        return self.removable_at is not None and self.rows == 0 and self.removable_at <= now


async def list_key_versions(transaction: UnitOfWork) -> list[KeyVersion]:
    """Give every live version of every symmetric key, with what is left to be moved."""
    found = []
    live = await transaction.server_keys.list_live()
    for key in live:
        ring: KeyRing = getattr(transaction.keys, key.use)
        sealing = ring.newest.version
        if key.version == sealing:
            found.append(KeyVersion(key.use, key.version, "seals", key.created_at))
        elif key.version > sealing:
            found.append(KeyVersion(key.use, key.version, "known soon", key.created_at))
        else:
            newer = next(one for one in live if (one.use, one.version) == (key.use, sealing))
            removable_at = newer.created_at + KNOWN_AFTER + LIVES_ON[key.use]
            rows = await count_behind(transaction, key.use)
            found.append(
                KeyVersion(key.use, key.version, "opens", key.created_at, rows, removable_at)
            )
    return found


async def count_behind(transaction: UnitOfWork, use: str) -> int:
    """Count what lies under an older key than the one that seals."""
    if use == "index":
        stores = transaction.identifiers, transaction.external_identities, transaction.operators
        indexes = zip((LOGINS, SUBJECTS, ADDRESSES), stores, strict=True)
        behind = sum([await index.count_behind(store) for index, store in indexes])
        return behind + await transaction.recovery_codes.count_behind()
    if use == "pepper":
        return await transaction.authenticators.count_pepper_behind()
    return await transaction.sealed_rows.count_behind(use)


async def remove_server_key(transaction: UnitOfWork, use: str, version: int) -> None:
    """Retire an older version; raise Misconfigured while anything needs it."""
    versions = await list_key_versions(transaction)
    found = next((one for one in versions if (one.use, one.version) == (use, version)), None)
    if found is None:
        raise Misconfigured(f"there is no key {use} of version {version}")
    if found.state != "opens":
        raise Misconfigured(f"{use} {version} is the one in use: rotate first")
    if found.rows:
        raise Misconfigured(f"{found.rows} rows still lie under {use} {version}: they are moved")
    if not found.is_removable(transaction.clock.now()):
        raise Misconfigured(
            f"what {use} {version} was used for may be about until {found.removable_at}"
        )
    await transaction.server_keys.retire(use, version)
    await transaction.config.raise_generation()
