"""Helm, which renders the chart: named in the environment, on the system, or built for tests."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.parts.required import missing
from tests.parts.server import ROOT

CHART = ROOT / "deploy" / "helm"
KUBERNETES = "1.33"


class Refused(Exception):
    """Helm would not render; carries what it said."""


def find() -> str:
    """Give the program, or skip with how to get it."""
    built = ROOT / ".test-home" / "tools" / "helm"
    found = os.environ.get("CIAM_TEST_HELM") or shutil.which("helm")
    if found is None and built.exists():
        found = str(built)
    return found or missing("helm", "no helm: CIAM_TEST_BUILD_HELM=1 tests/parts/install builds it")


def render(values: Path, *options: str) -> list[dict[str, Any]]:
    """Give the manifests of the chart with these values; raise Refused for wrong ones."""
    said = subprocess.run(
        [
            *(find(), "template", "shop", str(CHART), "--kube-version", KUBERNETES),
            *("--values", str(values), *options),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if said.returncode:
        raise Refused(said.stderr)
    return [one for one in yaml.safe_load_all(said.stdout) if one]
