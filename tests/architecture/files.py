"""The files of this checkout that people wrote."""

import ast
import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
_MADE = {".venv", "node_modules", "__pycache__", "dist", "build", ".git", ".ciam", ".test-home"}


@functools.cache
def written_files() -> tuple[Path, ...]:
    """List what git tracks or would track; without git, all but what tools make."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not _MADE & set(path.parts)]
    return tuple(path for path in paths if path.is_file())


def python_files(*folders: str) -> list[Path]:
    """List the Python files below some folders of the checkout."""
    inside = [ROOT / folder for folder in folders]
    return [
        path
        for path in written_files()
        if path.suffix == ".py" and any(folder in path.parents for folder in inside)
    ]


@functools.cache
def parsed(path: Path) -> ast.Module:
    """Give the syntax tree of a file."""
    return ast.parse(path.read_text(), str(path))


def named(path: Path, line: int | None = None) -> str:
    """Name a place as people do."""
    return f"{path.relative_to(ROOT)}{f':{line}' if line else ''}"
