"""The system's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

from tests.parts.required import missing


def find() -> str:
    """Return the path of Chromium; skip without one."""
    given = os.environ.get("CIAM_TEST_CHROMIUM")
    path = given or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        missing("browser", "no Chromium here: apt-get install chromium fonts-noto-cjk")
    return path


@asynccontextmanager
async def launch() -> AsyncIterator[Browser]:
    """Start Chromium without a window; as root its sandbox has to be off."""
    flags = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find(), args=flags)
        try:
            yield browser
        finally:
            await browser.close()
