"""The page for operators knows every finding, command, variable and file that it should."""

import re
from pathlib import Path

import typer.main

from ciam.cli import app
from ciam.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text()


def findings() -> set[str]:
    """Give the names under which `ciam doctor` reports."""
    names: set[str] = set()
    for path in (ROOT / "ciam" / "administration" / "diagnosis").glob("*.py"):
        text = path.read_text()
        names |= set(re.findall(r"Finding\.\w+\(\"([a-z ]+)\"", text))
        names |= set(
            re.findall(r"(?:check|_CHECK|_DATABASE)(?:, \w+)?(?:: Final)? = \"([^\"]+)", text)
        )
    return names


def test_every_finding_of_the_doctor_is_explained() -> None:
    assert findings() >= {"master key", "database", "clock", "port", "connections"}
    explained = set(re.findall(r"^\| ([a-z ]+) \|", PAGE, re.MULTILINE))
    assert sorted(findings() - explained) == []


def test_every_command_and_option_it_gives_is_there() -> None:
    group = typer.main.get_command(app)
    for line in set(re.findall(r"\bciam ((?:[a-z]+ ?)+(?:--[a-z]+)?)", PAGE)):
        command, words = group, line.split()
        options = [word for word in words if word.startswith("--")]
        for word in [word for word in words if not word.startswith("--")]:
            commands = getattr(command, "commands", None)
            if commands is None:
                break  # an argument
            assert word in commands, f"ciam {line}"
            command = commands[word]
        known = {name for one in command.params for name in one.opts}
        assert set(options) <= known, f"ciam {line}"


def test_every_variable_it_names_is_a_setting() -> None:
    known = {f"CIAM_{name.upper()}" for name in Settings.model_fields}
    named = set(re.findall(r"CIAM_[A-Z_]+", PAGE))
    assert len(named) > 8
    assert named <= known


def test_every_file_it_names_is_there() -> None:
    named = set(re.findall(r"`((?:deploy|tests|ciam)/[\w./-]+)`", PAGE))
    named |= {f"docs/{name}" for name in re.findall(r"\]\(([a-z.]+\.md)\)", PAGE)}
    assert sorted(name for name in named if not (ROOT / name).exists()) == []
