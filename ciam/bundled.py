"""Finds the files that travel with the package: templates, migrations, providers."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def bundled_path(name: str) -> Path:
    """Return the folder `name`: in an installed wheel, else beside the package in a checkout."""
    for candidate in (_PACKAGE / "_bundled" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    message = f"the folder {name!r} is missing from this installation"
    raise FileNotFoundError(message)
