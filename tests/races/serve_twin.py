"""`python -m tests.races.serve_twin NAME [options of serve]`: the same server, one part broken.

Workers are processes of their own, started in ways that are the server's business; Python reads
`twin_site/sitecustomize.py` at the start of each, and that puts the twin in its place.
"""

import os
import sys
from pathlib import Path

_SITE = Path(__file__).parent / "twin_site"
_ROOT = Path(__file__).parents[2]


def environment_of(name: str) -> dict[str, str]:
    """Give what puts a twin, or several with commas, in its place in every process that follows."""
    for one in name.split(","):
        if not (Path(__file__).parent / "twins" / f"{one}.py").exists():
            sys.exit(f"no twin {one!r} in tests/races/twins")
    return {"TWIN_UNDER_TEST": name, "PYTHONPATH": os.pathsep.join([str(_SITE), str(_ROOT)])}


def main(arguments: list[str]) -> None:
    """Become `ciam serve`, with the twin in every process that follows."""
    name, *rest = arguments
    os.environ.update(environment_of(name))
    os.execv(sys.executable, [sys.executable, "-m", "ciam", "serve", *rest])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
