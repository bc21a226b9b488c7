"""The other files of deploy/: systemd reads its unit, compose names what is there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ciam.settings import Settings
from tests.parts.server import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose" / "compose.yaml"


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze: apt-get install systemd")
    unit = (DEPLOY / "systemd" / "ciam@.service").read_text()
    copy = tmp_path / "ciam@.service"
    copy.write_text(unit.replace("/opt/ciam/bin/ciam", sys.executable))
    said = subprocess.run(
        [program, "verify", "--man=no", "--recursive-errors=no", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert "ciam@" not in said.stderr


def test_every_variable_of_the_files_is_a_setting() -> None:
    known = {f"CIAM_{name.upper()}" for name in Settings.model_fields}
    found = set()
    for path in (COMPOSE, DEPLOY / "systemd" / "ciam@.service", DEPLOY / "nginx" / "follow-readyz"):
        found |= set(re.findall(r"CIAM_[A-Z_]+", path.read_text()))
    assert found <= known
    assert "CIAM_MASTER_KEY_FILE" in found


def test_compose_names_only_what_is_there() -> None:
    compose = yaml.safe_load(COMPOSE.read_text())
    for name, service in compose["services"].items():
        assert set(service.get("secrets", [])) <= set(compose["secrets"]), name
        assert set(service["networks"]) <= set(compose["networks"]), name
        assert set(service.get("depends_on", [])) <= set(compose["services"]), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            beside = (COMPOSE.parent / source).resolve()
            assert beside.exists() if source.startswith(".") else source in compose["volumes"]
    node = compose["services"]["node1"]
    assert (COMPOSE.parent / node["build"] / "Dockerfile").exists()
    assert node["read_only"] is True
