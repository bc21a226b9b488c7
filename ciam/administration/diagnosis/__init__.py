"""What is wrong with an installation, and how to mend it. Looks only: nothing is made or changed.

`finding` is what a check says, `machine` looks at settings, home, keys and the network, `database`
at what is stored.
"""

from ciam.administration.diagnosis.database import check_database
from ciam.administration.diagnosis.finding import Finding, Level
from ciam.administration.diagnosis.machine import MACHINE_CHECKS
from ciam.keys.master import load_master
from ciam.settings import Settings

__all__ = ["Finding", "Level", "diagnose"]


async def diagnose(settings: Settings) -> list[Finding]:
    """Run every check; what rests on the master key is left out while there is none."""
    findings = [finding for check in MACHINE_CHECKS for finding in await check(settings)]
    if any(finding.check == "master key" and finding.level is Level.GOOD for finding in findings):
        findings += await check_database(settings, load_master(settings))
    return findings
