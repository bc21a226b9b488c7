"""Node with the packages of `tests/parts/node`: openid-client, oidc-provider."""

import shutil
import sys
from pathlib import Path

from tests.parts.required import missing

PACKAGES = Path(__file__).parent / "node"


def find() -> str:
    """Return the path of Node, run with `cwd=PACKAGES`; skip without it or without its packages."""
    beside = Path(sys.executable).parent / "node"
    node = shutil.which("node") or (str(beside) if beside.exists() else None)
    if node is None:
        missing("node", "no Node here: install Node 20 or newer")
    if not (PACKAGES / "node_modules").is_dir():
        missing("node", "its packages are missing: run tests/parts/install")
    return node
