"""One long life of a customer, then the search for what must not be anywhere (P-16, D-07, D-08).

Every secret and every personal value that was typed or issued is a canary: no line of the log, no
address a browser went to, no process title holds one, and no dump of the database opens anything.
"""

import base64
import hashlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote_plus

import httpx
import psutil
import pytest

from ciam.settings import Settings
from tests.flows.clients.installation import SECRETS, Installation, start
from tests.flows.clients.person import Person
from tests.flows.clients.relying_app import RelyingApp, Tokens, shop
from tests.parts.plain_browser import Page
from tests.parts.server import Server

EMAIL = "canary.hanako@example.jp"
TYPED = {
    "address": EMAIL,
    "family name": "蝦夷山田",
    "password": "canary umbrella 4711 in May",
    "new password": "canary kites 4712 in August",
    "wrong password": "canary wrong 4713 in vain",
}


@dataclass
class Life:
    """What was typed, issued and visited."""

    server: Server
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    urls: list[str] = field(default_factory=list, repr=False)

    def note(self, page: Page) -> Page:
        """Remember where the browser went."""
        self.urls += [hop.url for hop in page.hops] + [page.url]
        return page


async def live(installation: Installation) -> Life:
    """Register, sign in right and wrong, recover, use every kind of token."""
    life = Life(installation.server, dict(TYPED))
    life.secrets |= {f"secret of {name}": secret for name, secret in SECRETS.items()}
    async with (
        Person(installation, EMAIL, password=TYPED["password"]) as person,
        shop(installation.url) as app,
    ):
        attempt = app.begin()
        page = life.note(await person.visit(app, attempt))
        page = await person.prove_address(page)
        names = {"family_name": TYPED["family name"], "given_name": "花子"}
        consents = {"purpose_newsletter": "give", "purpose_recommendations": "refuse"}
        page = life.note(
            await person.press(
                page,
                "Create the account",
                password=TYPED["password"],
                notice_terms=True,
                notice_privacy=True,
                **names,
                **consents,
            )
        )
        page = life.note(await person.press(page, "Allow"))
        await _use_tokens(life, app, await app.finish(attempt, page.url))
        life.secrets["session"] = _cookie(person, "ciam_session")
        page = life.note(await person.open("/sign-in?fresh=1"))
        page = life.note(await person.sign_in(page, TYPED["wrong password"]))
        assert page.status == 422
        page = life.note(await page.follow("Forgotten your password?"))
        person.letters_read = len(installation.letters(EMAIL))
        page = life.note(await page.submit("Send the code", {"E-mail address": EMAIL}))
        page = life.note(await page.submit("Next", {"Six-digit code": await person.read_code()}))
        new = {"New password": TYPED["new password"]}
        page = life.note(await page.submit("Save the password and sign in", new))
        assert page.status == 200, page.text
        life.secrets["second session"] = _cookie(person, "ciam_session")
        life.secrets["mailed link"] = installation.letters(EMAIL)[0].link.rpartition("=")[2]
    return life


async def _use_tokens(life: Life, app: RelyingApp, tokens: Tokens) -> None:
    life.secrets |= {"access token": tokens.access, "refresh token": tokens.refresh}
    life.secrets["ID token"] = str(tokens.document["id_token"])
    await app.claims(tokens.access)
    await app.introspect(tokens.access)
    fresh = Tokens((await app.refresh(tokens.refresh)).json())
    life.secrets["second refresh token"] = fresh.refresh
    headers = {"Authorization": f"Bearer {fresh.access}"}
    await app.http.get("/api/v1/profile", headers=headers)
    # Tokens where they do not belong: refused, and not written down either.
    await app.http.get(f"/userinfo?access_token={fresh.access}")
    await app.http.get(f"/authorize?client_id=shop&login_hint={EMAIL}&state={fresh.refresh}")
    await app.http.post("/token", content=f"refresh_token={fresh.refresh}&%ff=1".encode())


def _cookie(person: Person, name: str) -> str:
    header = person.browser.cookies.header(
        person.installation.url, initiator=person.installation.url, method="GET"
    )
    for part in (header or "").split("; "):
        if part.startswith(f"{name}="):
            return part.partition("=")[2]
    raise AssertionError(f"no cookie {name}")


def find_in(text: str, life: Life, *, but: tuple[str, ...] = ()) -> list[str]:
    """Name the canaries that a text holds, as they are or escaped."""
    plain = unquote_plus(text)
    return [
        name
        for name, secret in life.secrets.items()
        if name not in but and (secret in text or secret in plain)
    ]


@pytest.mark.parametrize("form", ["json", "text"])
async def test_no_canary_of_a_whole_life_is_in_a_log_an_address_or_a_dump(
    serve: Callable[..., Server], sqlite_url: str, form: str
) -> None:
    env = {"CIAM_LOG_LEVEL": "debug", "CIAM_LOG_FORMAT": form, "CIAM_DATABASE_URL": sqlite_url}
    server = serve(env=env, fresh=True)
    life = await live(start(server))
    assert "/userinfo" in server.log, "the log tells of every request"
    assert find_in(server.log, life) == []
    assert find_in("\n".join(life.urls), life) == []
    shown = [
        word
        for process in [psutil.Process(server.pid), *psutil.Process(server.pid).children()]
        for word in process.cmdline()
    ]
    assert find_in(" ".join(shown), life) == []
    master = (server.home / "master.key").read_text().strip()
    life.secrets["master key"] = master
    assert master not in server.log
    told = start(server).ciam("doctor", "--json").stdout + start(server).ciam("keys", "list").stdout
    assert find_in(told, life) == []
    server.stop()
    await check_dump(Path(sqlite_url.removeprefix("sqlite:///")), life)


async def check_dump(path: Path, life: Life) -> None:
    """Expect nothing readable in a dump, and nothing in it that opens anything."""
    values = list(_values(path))
    texts = "\n".join(value for value in values if isinstance(value, str))
    blobs = b"\n".join(value for value in values if isinstance(value, bytes))
    assert find_in(texts, life) == []
    for name, secret in life.secrets.items():
        assert secret.encode() not in blobs, name
        fast = hashlib.sha256(secret.encode()).digest()
        if name in TYPED:  # what people choose is guessed: it lies under a key at the least
            assert fast not in blobs, name
            assert fast.hex() not in texts, name
    life.server.start()
    stolen = [value for value in values if isinstance(value, bytes) and len(value) == 32]
    assert len(stolen) > 20
    async with httpx.AsyncClient(base_url=life.server.url, trust_env=False) as http:
        for value in stolen[:: max(1, len(stolen) // 25)]:
            for word in (value.hex(), base64.urlsafe_b64encode(value).decode().rstrip("=")):
                for prefix in ("", "ciam_at_", "ciam_ss_"):
                    headers = {"Authorization": f"Bearer {prefix}{word}"}
                    assert (await http.get("/userinfo", headers=headers)).status_code == 401
                    cookies = {"Cookie": f"ciam_session={prefix}{word}"}
                    there = await http.get("/account", headers=cookies)
                    assert (there.status_code, there.headers["location"][:8]) == (303, "/sign-in")


def _values(path: Path) -> list[object]:
    """Give every value of every row."""
    found: list[object] = []
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            for row in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - a name of ours
                found += row
    return found


def test_settings_tell_no_secret_when_they_are_shown() -> None:
    secrets = {
        "master_key": "canary-of-a-master-key",
        "database_url": "postgresql+asyncpg://ciam:canary-of-a-database@db/ciam",
        "mail_url": "smtp://ciam:canary-of-mail@mail.example.com:587",
        "redis_url": "redis://:canary-of-redis@cache:6379/0",
    }
    settings = Settings.model_validate(secrets)
    for shown in (repr(settings), str(settings), settings.model_dump_json(), repr(vars(settings))):
        assert "canary" not in shown
