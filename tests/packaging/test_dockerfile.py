"""The image: what it copies is there, what it runs are our scripts, and it does not run as root."""

import os
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def instructions() -> list[tuple[str, str]]:
    """Give each instruction with its arguments, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def test_everything_it_copies_is_in_the_checkout() -> None:
    copied = [rest.split()[:-1] for name, rest in instructions() if name == "COPY"]
    sources = [source for group in copied for source in group if not group[0].startswith("--from")]
    assert "requirements.lock" in sources
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_a_wheel_can_be_built_from_what_it_copies() -> None:
    copied = " ".join(rest for name, rest in instructions() if name == "COPY")
    for needed in ("ciam", "templates", "migrations", "providers", "README.md", "LICENSE"):
        assert needed in copied


def test_every_step_of_the_build_is_a_script_of_ours() -> None:
    steps = [rest for name, rest in instructions() if name == "RUN"]
    scripts = [Path(step.split()[0]).name for step in steps]
    assert scripts == ["image-environment", "image-wheel", "image-user"]
    assert all(os.access(ROOT / ".ci" / "scripts" / script, os.X_OK) for script in scripts)


def test_the_server_does_not_run_as_root() -> None:
    names = [name for name, _ in instructions()]
    last = len(names) - names[::-1].index("FROM")
    assert "USER" in names[last:]
    number, _, group = dict(instructions())["USER"].partition(":")
    assert number.isdigit(), "Kubernetes cannot see that a name is not root"
    assert int(number) > 0
    steps = [rest.split() for name, rest in instructions() if name == "RUN"]
    (made,) = [rest[1:] for rest in steps if rest[0].endswith("image-user")]
    assert made == [number, "/var/lib/ciam"]
    assert group == number


def test_it_runs_as_the_user_that_the_chart_names() -> None:
    parts = (ROOT / "deploy" / "helm" / "templates" / "_parts.tpl").read_text()
    number = dict(instructions())["USER"].partition(":")[0]
    assert f"runAsUser: {number}" in parts
    assert f"fsGroup: {number}" in parts


@pytest.mark.skipif(os.geteuid() != 0, reason="making a user needs root")
def test_the_user_is_made_with_a_home_that_is_its_own(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for name in ("passwd", "group", "shadow", "gshadow"):
        (tmp_path / "etc" / name).touch()
    script = ROOT / ".ci" / "scripts" / "image-user"
    subprocess.run([script, "10001", "/var/lib/ciam", tmp_path], check=True, capture_output=True)
    assert "ciam:x:10001:10001::/var/lib/ciam:" in (tmp_path / "etc" / "passwd").read_text()
    home = (tmp_path / "var" / "lib" / "ciam").stat()
    assert (home.st_uid, home.st_gid, home.st_mode & 0o777) == (10001, 10001, 0o700)


def test_the_lock_of_the_image_holds_every_extra_for_running() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = set(project["optional-dependencies"]) - {"test"}
    lock = (ROOT / ".ci" / "scripts" / "lock").read_text()
    (line,) = [line for line in lock.splitlines() if "--output-file requirements.lock" in line]
    assert sorted(extra for extra in extras if f"--extra {extra} " not in line) == []
