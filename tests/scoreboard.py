"""One line for each property that was attacked, with what n trials can say about it."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Score:
    """What an attack on one property has shown."""

    id: str
    statement: str
    seed: int
    n: int = 0
    failures: int = 0
    acked: int = 0  # acknowledged writes that were looked for after kills
    twin: str = "not run"
    examples: list[str] = field(default_factory=list)

    def count(self, violation: str | None) -> None:
        """Count one trial; a violation is described in a sentence."""
        self.n += 1
        if violation is not None:
            self.failures += 1
            if len(self.examples) < 5:
                self.examples.append(f"trial {self.n}: {violation}")

    @property
    def bound(self) -> str:
        """The rate that is still possible (95 %): 3/n after no failure in n trials."""
        if self.n == 0:
            return "none"
        return f"<{3 / self.n:.2g}" if self.failures == 0 else f"{self.failures / self.n:.2g}"

    def line(self) -> str:
        """Give the line of the scoreboard."""
        acked = f"acked={self.acked} | " if self.acked else ""
        return (
            f"{self.id} | {self.statement} | n={self.n} | failures={self.failures} | "
            f"bound={self.bound} | {acked}twin={self.twin} | seed={self.seed} | commit={commit()}"
        )


def commit() -> str:
    """Name the commit that was attacked; `+` when the files differ from it."""
    root = Path(__file__).parents[1]

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=root, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    return (git("rev-parse", "--short", "HEAD") or "none") + ("+" if git("status", "-s") else "")
