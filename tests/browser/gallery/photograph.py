"""Photographs the gallery and asks axe: `python -m tests.browser.gallery.photograph FOLDER [NAME]`.

Every state at 390 and 1280 px, in both languages, light and dark, written as
FOLDER/<state>-<language>-<width>-<scheme>.png. Ends with the count of axe violations, CSP reports
and sideways scrolling.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, sync_playwright

from tests.browser.gallery.build import NONCE, build

WIDTHS = (390, 1280)
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
HEIGHT = 900
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
POLICY = (
    f"default-src 'none'; script-src 'self' 'nonce-{NONCE}'; style-src 'self';"
    " img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


class _Quiet(SimpleHTTPRequestHandler):
    """Serve the gallery with the policy of the real pages; mails carry their styles inside."""

    def end_headers(self) -> None:
        if "/mail-" not in self.path:
            self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has above
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of loopback; give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def problems_of(page: Page, where: str) -> list[str]:
    """Return what axe objects to, and whether the page scrolls sideways."""
    found = [
        f"{where}: {violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for violation in Axe().run(page).response["violations"]
        for node in violation["nodes"]
    ]
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*found, *([f"{where}: {width} px too wide"] if width > 0 else [])]


def _note(problems: list[str], where: str, said: ConsoleMessage) -> None:
    problems.append(f"{where}: {said.text}")


def inspect(
    page: Page, address: str, width: int, scheme: Scheme, target: Path | None = None
) -> list[str]:
    """Load a page, photograph it when a target is given, and return its problems.

    The tab is used again and again: a new one is a new process of Chromium, slower than a look.
    """
    problems: list[str] = []
    where = f"{address.rpartition('//')[2].partition('/')[2]} {width} {scheme}"
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(color_scheme=scheme)
    note = partial(_note, problems, where)
    page.on("console", note)
    try:
        page.goto(address)
        if target is not None:
            page.screenshot(path=target, full_page=True)
        problems += problems_of(page, where)
    finally:
        page.remove_listener("console", note)
    return problems


def photograph(page: Page, address: str, path: str, target: Path) -> list[str]:
    """Photograph one page at every width and in both schemes; return its problems."""
    language, _, name = path.removesuffix(".html").partition("/")
    problems: list[str] = []
    for width in WIDTHS:
        for scheme in SCHEMES:
            picture = target / f"{name}-{language}-{width}-{scheme}.png"
            problems += inspect(page, f"{address}/{path}", width, scheme, picture)
    return problems


def main(target: Path, wanted: list[str]) -> int:
    """Build, photograph, report."""
    pages = build(target / "site")
    chosen = [path for path in pages if not wanted or any(name in path for name in wanted)]
    problems: list[str] = []
    with served(target / "site") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = browser.new_page()
        for path in chosen:
            problems += photograph(page, address, path, target)
        browser.close()
    print(*problems, sep="\n")
    shots = len(chosen) * len(WIDTHS) * len(SCHEMES)
    print(f"{len(chosen)} pages, {shots} photographs, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
