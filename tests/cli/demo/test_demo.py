"""`ciam demo` from its first second: shop, mailbox and server work together, over HTTP only."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import anyio
import psutil
import pytest

from tests.parts.plain_browser import Page, PlainBrowser
from tests.parts.ports import find_free_port, is_listening
from tests.parts.server import ROOT

_SECONDS = 60.0


@dataclass
class Demo:
    """A demo under test."""

    home: Path
    ports: tuple[int, int, int, int]
    process: subprocess.Popen[bytes]
    seconds: float = 0

    @property
    def server(self) -> str:
        """The issuer."""
        return f"http://localhost:{self.ports[0]}"

    @property
    def shop(self) -> str:
        """The relying party."""
        return f"http://localhost:{self.ports[1]}"

    @property
    def mailbox(self) -> str:
        """Where mails can be read."""
        return f"http://localhost:{self.ports[2]}"

    @property
    def line(self) -> str:
        """What stands in for LINE."""
        return f"http://localhost:{self.ports[3]}"

    @property
    def log(self) -> str:
        """All it printed."""
        return self.home.with_suffix(".log").read_text()

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Press Ctrl-C, and wait."""
        self.process.send_signal(number)
        return self.process.wait(30)


def start(home: Path, ports: tuple[int, int, int, int]) -> Demo:
    """Start a demo without waiting."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    named = zip(
        ("--port", "--shop-port", "--mail-port", "--line-port"), map(str, ports), strict=True
    )
    with home.with_suffix(".log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ciam", "demo", *(part for pair in named for part in pair)],
            env=kept | {"PYTHONPATH": str(ROOT), "CIAM_HOME": str(home), "PYTHONUNBUFFERED": "1"},
            cwd=home.parent,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return Demo(home, ports, process)


def start_and_wait(home: Path) -> Demo:
    """Start a demo, and wait until it says where everything is."""
    began = time.monotonic()
    demo = start(home, (find_free_port(), find_free_port(), find_free_port(), find_free_port()))
    while "Ctrl-C ends everything" not in demo.log:
        assert demo.process.poll() is None, demo.log
        assert time.monotonic() - began < _SECONDS, demo.log
        time.sleep(0.1)
    demo.seconds = time.monotonic() - began
    return demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Give a running demo, shared by the tests of this file."""
    running = start_and_wait(tmp_path_factory.mktemp("demo") / "home")
    yield running
    running.stop()


async def sign_in(browser: PlainBrowser, demo: Demo, email: str, password: str) -> Page:
    """Sign in at the shop and allow what it asks for."""
    page = await (await browser.open(demo.shop)).follow("Sign in")
    page = await page.submit("Sign in", {"identifier": email, "password": password})
    return await page.submit("Allow") if page.url.startswith(demo.server) else page


async def test_it_is_usable_within_a_minute_and_says_where_everything_is(demo: Demo) -> None:
    assert demo.seconds < _SECONDS
    for place in (demo.server, demo.shop, demo.mailbox):
        assert place in demo.log
    assert "hanako.sato@example.jp" in demo.log


async def test_a_sample_customer_signs_in_and_the_shop_knows_what_it_may_do(demo: Demo) -> None:
    async with PlainBrowser() as browser:
        page = await sign_in(browser, demo, "hanako.sato@example.jp", "demo-wakatake-71")
        assert page.url == f"{demo.shop}/"
        assert page.heading == "Hello, 佐藤 花子."
        assert "You agreed to recommendations" in page.text
        card = await page.follow("Membership card")
        assert "hanako.sato@example.jp" in card.text
        assert "newsletter given" in card.text
        refreshed = await card.submit("Refresh the tokens")
        assert refreshed.alerts == []
        assert refreshed.soup.select("td")[-2].text != card.soup.select("td")[-2].text
        assert (await refreshed.submit("Ask UserInfo again")).alerts == []
        revoked = await refreshed.submit("Revoke the tokens")
        assert "invalid_token" in revoked.alerts[0]


async def test_signing_out_at_the_shop_signs_out_at_the_server(demo: Demo) -> None:
    async with PlainBrowser() as browser:
        page = await sign_in(browser, demo, "taro.suzuki@example.jp", "demo-asayake-38")
        assert "You have not agreed to recommendations" in page.text
        page = await page.submit("Sign out")
        assert page.url.startswith(f"{demo.shop}/?state=")
        assert "You have signed out." in page.text
        again = await page.follow("Sign in")
        assert again.url.startswith(f"{demo.server}/sign-in")


async def test_who_refuses_is_told_so_at_the_shop(demo: Demo) -> None:
    async with PlainBrowser() as browser:
        page = await (await browser.open(demo.shop)).follow("Sign in")
        page = await page.submit(
            "Sign in", {"identifier": "jane.doe@example.com", "password": "demo-cushion-92"}
        )
        page = await page.submit("Don’t allow" if "Don’t allow" in page.text else "decision-refuse")
        assert page.url.startswith(f"{demo.shop}/callback?")
        assert "access_denied" in page.text


async def test_somebody_new_joins_with_the_code_in_the_mailbox(demo: Demo) -> None:
    async with PlainBrowser(language="ja") as browser:
        page = await (await browser.open(demo.shop)).follow("会員登録")
        page = await page.submit("次へ", {"email": "ai.tanaka@example.jp"})
        page = await page.submit("次へ", {"code": await read_code(browser, demo, "ai.tanaka")})
        page = await page.submit(
            "アカウントを作成",
            {
                "family_name": "田中",
                "given_name": "あい",
                "password": "kaze-no-tooru-michi",
                "purpose_newsletter": "give",
                "purpose_recommendations": "refuse",
                "notice_terms": True,
                "notice_privacy": True,
            },
        )
        if page.url.startswith(demo.server):
            page = await page.submit("許可する")
        assert page.heading == "田中 あい さん、こんにちは。"


async def test_a_newcomer_continues_with_the_demos_line_and_may_say_no(demo: Demo) -> None:
    async with PlainBrowser() as browser:
        page = await at_line(browser, demo)
        assert page.url.startswith(f"{demo.line}/access.line.me/")
        back = await page.submit("Cancel")
        assert back.url.startswith(f"{demo.server}/sign-in")
        page = await at_line(browser, demo)
        newcomer = next(one for one in page.soup.find_all("button") if "みなと" in one.text)
        newcomer["id"] = "newcomer"
        joined = await page.submit("newcomer")
        assert joined.url.startswith(f"{demo.server}/sign-up")


async def at_line(browser: PlainBrowser, demo: Demo) -> Page:
    """Go from the shop to the demo's LINE; the page between leads on by itself."""
    page = await (await browser.open(demo.shop)).follow("Sign in")
    page = await page.submit("Continue with LINE (demo)")
    refresh = page.soup.select_one('meta[http-equiv="refresh"]')
    assert refresh is not None
    return await browser.navigate("GET", str(refresh["content"]).split("url=", 1)[1], source=page)


async def read_code(browser: PlainBrowser, demo: Demo, to: str) -> str:
    """Read the code of a mail in the mailbox, once it is there."""
    with anyio.fail_after(20):
        while True:
            page = await browser.open(demo.mailbox)
            code = page.soup.select_one(".code")
            if code is not None and to in page.text:
                return code.text
            await anyio.sleep(0.2)


async def test_another_site_cannot_press_the_shops_buttons(demo: Demo) -> None:
    async with PlainBrowser() as browser:
        await sign_in(browser, demo, "hanako.sato@example.jp", "demo-wakatake-71")
        page = await browser.post(f"{demo.shop}/revoke", {}, initiator="https://evil.example/")
        assert page.status == 403


def test_a_second_start_keeps_what_was_done_and_ends_with_all_its_parts(tmp_path: Path) -> None:
    first = start_and_wait(tmp_path / "home")
    parts = psutil.Process(first.process.pid).children(recursive=True)
    assert len(parts) == 3
    first.stop()
    assert not any(is_listening(port) for port in first.ports)
    assert not any(part.is_running() for part in parts)
    secret = (tmp_path / "home" / "demo-shop.secret").read_text()
    second = start_and_wait(tmp_path / "home")
    assert (tmp_path / "home" / "demo-shop.secret").read_text() == secret
    second.stop(signal.SIGTERM)
    assert not any(is_listening(port) for port in second.ports)


def test_the_parts_end_when_the_demo_is_killed(tmp_path: Path) -> None:
    demo = start_and_wait(tmp_path / "home")
    demo.stop(signal.SIGKILL)
    deadline = time.monotonic() + 15
    while any(is_listening(port) for port in demo.ports):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("taken", "option"), [(0, "--port"), (1, "--shop-port"), (2, "--mail-port"), (3, "--line-port")]
)
def test_a_taken_port_is_one_line_that_names_the_option(
    demo: Demo, tmp_path: Path, taken: int, option: str
) -> None:
    ports = [find_free_port(), find_free_port(), find_free_port(), find_free_port()]
    ports[taken] = demo.ports[1]
    other = start(tmp_path / "home", (ports[0], ports[1], ports[2], ports[3]))
    assert other.process.wait(30) == 2
    assert other.log.count("\n") == 1
    assert f"port {demo.ports[1]}" in other.log
    assert option in other.log


def test_beyond_loopback_it_refuses_to_start(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "ciam", "demo"],
        env={**os.environ, "CIAM_HOST": "0.0.0.0", "CIAM_HOME": str(tmp_path / "home")},  # noqa: S104 - it is refused
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert answer.returncode == 2
    assert b"stays on loopback" in answer.stderr
