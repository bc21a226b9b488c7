"""openapi-python-client, which makes a client of a contract; in an environment of its own."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.parts.required import missing
from tests.parts.server import ROOT

_NAME = "openapi-python-client"


def generate(document: Path, package: Path) -> None:
    """Make a package of a contract; skip where the generator is missing."""
    built = ROOT / ".test-home" / "tools" / "openapi" / "bin" / _NAME
    found = os.environ.get("CIAM_TEST_OPENAPI_CLIENT") or shutil.which(_NAME)
    if found is None and built.exists():
        found = str(built)
    if found is None:
        missing("openapi", f"no {_NAME}: tests/parts/install brings it")
    formatters = {"PATH": f"{Path(found).parent}:{os.environ['PATH']}"}
    subprocess.run(
        [
            *(found, "generate", "--path", str(document), "--meta", "none"),
            *("--output-path", str(package), "--fail-on-warning"),
        ],
        env=os.environ | formatters,
        check=True,
        capture_output=True,
    )
