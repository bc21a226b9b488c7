"""README and docs: the table of settings is that of the code, every file they name is there."""

import re
from pathlib import Path

import pytest

from ciam.cli.config import variables

ROOT = Path(__file__).parents[2]
_TABLE = re.compile(r"<!-- variables -->\n(.*)<!-- end of variables -->", re.DOTALL)


def readme() -> str:
    """Give the text."""
    return (ROOT / "README.md").read_text()


def test_the_table_of_settings_is_what_the_command_prints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    variables()
    found = _TABLE.search(readme())
    assert found
    printed = capsys.readouterr().out
    assert found.group(1).strip() == printed.strip(), "put in what `ciam config variables` prints"


@pytest.mark.parametrize(
    ("page", "at_least"), [("README.md", 30), ("docs/security.md", 20), ("docs/privacy.md", 1)]
)
def test_every_file_it_names_is_there(page: str, at_least: int) -> None:
    text = (ROOT / page).read_text()
    named = set(re.findall(r"`((?:ciam|templates|tests|providers)/[\w/.]*)`", text))
    assert len(named) >= at_least
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_every_command_it_names_is_there() -> None:
    from ciam.cli import app  # noqa: PLC0415 - only this test needs the whole command line

    commands = {
        command.callback.__name__ for command in app.registered_commands if command.callback
    }
    commands |= {group.name or "" for group in app.registered_groups}
    named = set(re.findall(r"`ciam (\w+)", readme()))
    assert named >= {"serve", "doctor", "config"}
    assert named <= commands


def test_every_make_target_it_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)", readme())) - {"alone"} <= targets
