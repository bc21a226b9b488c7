"""The command line in this process, on both databases."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from ciam.cli import main


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


Cli = Callable[..., Answer]


@pytest.fixture
def bare_cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cli:
    """Run commands in an empty home: `bare_cli("doctor", env={...}, stdin="...")`."""
    monkeypatch.setenv("CIAM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CIAM_PORT", "0")

    def run(*arguments: str, env: dict[str, str] | None = None, stdin: str = "") -> Answer:
        with monkeypatch.context() as patch:
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["ciam", *arguments])
            patch.setattr(sys, "stdin", StringIO(stdin))
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                main()
        said = capsys.readouterr()
        code = ended.value.code
        return Answer(code if isinstance(code, int) else int(code is not None), said.out, said.err)

    return run


@pytest.fixture
def cli(bare_cli: Cli, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run commands in an installation that is ready, on each kind of database."""
    monkeypatch.setenv("CIAM_DATABASE_URL", database_url)
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    home.chmod(0o700)  # the database of the tests came there first
    assert bare_cli("migrate").code == 0
    return bare_cli
