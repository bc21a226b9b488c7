"""Where people walk in Chromium, and where their photographs are kept.

Set CIAM_TEST_PICTURES to a folder to keep the photographs of every state.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.walker import Place, open_place


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give an installation and a shop."""
    with open_place(tmp_path_factory.mktemp("place") / "node") as opened:
        yield opened


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Give the folder for photographs."""
    folder = Path(os.environ.get("CIAM_TEST_PICTURES", tmp_path / "pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
