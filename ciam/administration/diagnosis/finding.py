"""What a check says: fine, worth knowing, or a problem and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters; only a problem makes the command fail."""

    GOOD = "good"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the diagnosis; `mend` is what to do about it, without personal data."""

    check: str
    level: Level
    said: str
    mend: str = ""

    @classmethod
    def good(cls, check: str, said: str) -> "Finding":
        """Say that something is as it should be."""
        return cls(check, Level.GOOD, said)

    @classmethod
    def warning(cls, check: str, said: str, mend: str) -> "Finding":
        """Say what works but should not stay so."""
        return cls(check, Level.WARNING, said, mend)

    @classmethod
    def problem(cls, check: str, said: str, mend: str) -> "Finding":
        """Say what does not work."""
        return cls(check, Level.PROBLEM, said, mend)
