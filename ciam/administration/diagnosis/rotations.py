"""Check of rotations of keys: how far each is, and whether an older key could go."""

from typing import Final

from ciam.administration.diagnosis.finding import Finding
from ciam.keys.rotation import list_key_versions
from ciam.storage import Database

_CHECK: Final = "key rotation"


async def judge_rotations(database: Database) -> list[Finding]:
    """Say for each older version what still needs it; nothing where no key rotates."""
    found = []
    async with database.read() as transaction:
        now = transaction.clock.now()
        for version in await list_key_versions(transaction):
            said = f"{version.use} {version.version}"
            if version.state == "known soon":
                found.append(Finding.good(_CHECK, f"{said} seals within a minute"))
            elif version.is_removable(now):
                mend = f"`ciam keys remove {version.use} {version.version}`"
                found.append(Finding.warning(_CHECK, f"nothing needs {said} any more", mend))
            elif version.rows:
                found.append(Finding.good(_CHECK, f"{version.rows} rows still lie under {said}"))
            elif version.state == "opens":
                found.append(Finding.good(_CHECK, f"{said} is kept until {version.removable_at}"))
    return found
