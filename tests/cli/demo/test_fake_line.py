"""The demo's LINE: the server's own exchange goes through it, and it serves nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from ciam.cli.demo.fake_line import CHANNEL, PEOPLE, build_fake_line
from ciam.clock import SystemClock
from ciam.federation.connection import ConnectionConfig
from ciam.federation.exchange import Finished, begin, finish
from ciam.federation.refusals import ProviderRefused
from ciam.outbound import Outbound
from ciam.sealing import KeyRing, new_key
from ciam.settings import Settings
from ciam.storage import Database
from tests.parts.plain_browser import Page, PlainBrowser

SERVER = "http://localhost:8000"
LINE = "http://localhost:8003"
SECRET = "ciam_cs_demo-line-0123456789abcdef0123456789"


@pytest.fixture
def line() -> Starlette:
    return build_fake_line(LINE, SERVER, SECRET)


@pytest.fixture
def outbound(line: Starlette, tmp_path: Path) -> Outbound:
    """Give the guarded client of a server that lets the demo's LINE through."""
    settings = Settings(home=tmp_path, outbound_allow=("localhost:8003",))
    return Outbound(settings, transport=httpx.ASGITransport(line))


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    """Give a database with the demo's connection."""
    opened = Database.open(sqlite_url, SystemClock(), KeyRing.of(new_key()))
    config = ConnectionConfig.model_validate(
        {"key": "line", "provider": "line", "client_id": CHANNEL, "client_secret": SECRET}
        | {"scopes": ["openid", "profile", "email"], "sandbox": LINE}
    )
    async with opened.write() as transaction:
        await transaction.connections.put(
            "line", config.to_document(), secret=config.secret(), managed_by="test"
        )
        await transaction.config.raise_generation()
    yield opened
    await opened.close()


async def open_page(database: Database, outbound: Outbound, line: Starlette) -> Page:
    """Go to the demo's LINE as the server sends one there."""
    url = await begin(
        database,
        outbound,
        "line",
        redirect_uri=f"{SERVER}/federation/line/callback",
        browser_hash=b"browser",
        purpose="sign_in",
        journey="journey",
        prompt_login=True,
    )
    return await PlainBrowser(apps={LINE: line}, catch=(SERVER,), language="ja").open(url)


async def come_back(database: Database, outbound: Outbound, page: Page) -> Finished:
    parameters = dict(parse_qsl(urlsplit(page.url).query))
    return await finish(database, outbound, "line", parameters, browser_hash=b"browser")


async def test_a_newcomer_can_be_anybody_and_never_one_of_the_real_line(
    database: Database, outbound: Outbound, line: Starlette
) -> None:
    for person in PEOPLE:
        page = await open_page(database, outbound, line)
        assert "本物ではありません" in page.text
        chosen = next(
            button for button in page.soup.find_all("button") if button["value"] == person.subject
        )
        chosen["id"] = "chosen"
        finished = await come_back(database, outbound, await page.submit("chosen"))
        assert finished.identity is not None
        assert finished.identity.issuer == f"{LINE}/access.line.me"
        assert (finished.identity.subject, finished.identity.email) == (
            person.subject,
            person.email,
        )


async def test_cancelling_comes_back_as_nobody(
    database: Database, outbound: Outbound, line: Starlette
) -> None:
    page = await open_page(database, outbound, line)
    back = await page.submit("キャンセル")
    assert (await come_back(database, outbound, back)).identity is None


async def test_it_sends_codes_nowhere_else_and_redeems_none_for_others(
    database: Database, outbound: Outbound, line: Starlette
) -> None:
    page = await open_page(database, outbound, line)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(line)) as http:
        elsewhere = page.url.replace("localhost%3A8000", "evil.example")
        assert (await http.get(elsewhere)).status_code == 400
        form = {"person": PEOPLE[0].subject}
        assert (await http.post(page.url, data=form)).status_code == 403  # from no page of its own
        url = f"{LINE}/api.line.me/oauth2/v2.1/token"
        wrong = {"client_id": CHANNEL, "client_secret": "wrong", "code": "x"}
        assert (await http.post(url, data=wrong)).status_code == 401
    back = dict(parse_qsl(urlsplit((await page.submit("キャンセル")).url).query))
    with pytest.raises(ProviderRefused):
        await finish(
            database,
            outbound,
            "line",
            {"state": back["state"], "code": "made-up"},
            browser_hash=b"browser",
        )
