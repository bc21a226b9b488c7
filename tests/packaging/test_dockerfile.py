"""The image: what it copies is there, what it runs are our scripts, and it does not run as root."""

import os
from pathlib import Path

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
    scripts = [step.split()[0] for step in steps if step.startswith(".ci/")]
    assert scripts == [".ci/scripts/image-environment", ".ci/scripts/image-wheel"]
    assert all(os.access(ROOT / script, os.X_OK) for script in scripts)
    assert [step for step in steps if not step.startswith((".ci/", "useradd "))] == []


def test_the_server_does_not_run_as_root() -> None:
    names = [name for name, _ in instructions()]
    last = len(names) - names[::-1].index("FROM")
    assert "USER" in names[last:]
    assert dict(instructions())["USER"] == "ciam"
