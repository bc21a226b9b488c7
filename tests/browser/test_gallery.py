"""Every page and state in Chromium: axe is content, the policy holds, nothing is too wide."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.browser.gallery.build import LANGUAGES, STYLE, build
from tests.browser.gallery.mail_states import mails
from tests.browser.gallery.photograph import ARGUMENTS, Scheme, inspect, served
from tests.browser.gallery.samples import states

pytestmark = pytest.mark.browser
SETTINGS: tuple[tuple[int, Scheme], ...] = ((390, "light"), (1280, "dark"))
NAMES = [*(state.name for state in [*states("en"), STYLE]), *(f"mail-{name}" for name in mails())]


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    path = os.environ.get("CIAM_TEST_CHROMIUM") or shutil.which("chromium")
    if path is None:
        reason = "Chromium is missing: apt-get install chromium fonts-noto-cjk"
        if "browser" in os.environ.get("CIAM_TEST_REQUIRE", ""):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser.new_page()
        browser.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("gallery")
    build(folder)
    with served(folder) as address:
        yield address


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wrong_with_the_page(tab: Page, site: str, name: str, language: str) -> None:
    # A phone in the light and a desk in the dark, turn about: every state is seen in both.
    setting = SETTINGS[(NAMES.index(name) + LANGUAGES.index(language)) % 2]
    assert inspect(tab, f"{site}/{language}/{name}.html", *setting) == []
