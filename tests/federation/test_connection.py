"""What an operator may write of a connection, and the line on which it is refused."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ciam.administration.config.apply import apply_config
from ciam.administration.config.export import export_config
from ciam.administration.config.loading import load_config
from ciam.errors import Misconfigured
from ciam.federation.connection import ConnectionConfig
from ciam.sealing import KeyRing, new_key
from ciam.storage import Database
from tests.parts.clock import FakeClock
from tests.providers.world import APPLE_KEY, usual

PLAIN = """\
connections:
  - key: line
    provider: line
    client_id: "1650000000"
    client_secret: 0123456789abcdef0123456789abcdef
    scopes: [openid, profile, email]
  - key: login
    provider: google
    client_id: google-client
    client_secret: ${file:google.secret}
    order: 5
"""


@pytest.fixture
async def database(database_url: str, clock: FakeClock) -> AsyncIterator[Database]:
    """Give an open database without any connection, on each kind of database."""
    opened = Database.open(database_url, clock, KeyRing.of(new_key()))
    yield opened
    await opened.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ciam.yaml"
    path.write_text(PLAIN)
    (tmp_path / "google.secret").write_text("the-secret-of-google\n")
    return path


def write(path: Path, text: str) -> None:
    """Put a text into a file."""
    path.write_text(text)


async def apply(database: Database, file: Path) -> list[str]:
    async with database.write() as transaction:
        outcome = await apply_config(transaction, load_config([file]), operator="test")
    return [str(change) for change in outcome.changes]


async def test_once_switches_on_twice_changes_nothing_and_absent_switches_off(
    database: Database, file: Path
) -> None:
    assert await apply(database, file) == ["connection line: added", "connection login: added"]
    assert await apply(database, file) == []
    write(file.parent / "google.secret", "another-secret-of-google\n")
    assert await apply(database, file) == ["connection login: changed"]
    async with database.read() as transaction:
        first, second = await transaction.connections.list_all()
        documents = await transaction.connections.list_documents()
    assert (first.key, first.client_secret) == ("login", "another-secret-of-google")
    assert second.scopes == ("openid", "profile", "email")
    assert "secret" not in repr(first) + repr(documents["login"][0])
    write(file, "connections: [{key: line, state: absent}]\n")
    assert await apply(database, file) == ["connection line: switched off"]
    assert await apply(database, file) == []
    write(file, PLAIN)
    assert await apply(database, file) == ["connection line: added"]


async def test_an_exported_file_holds_no_secret_and_changes_nothing(
    database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await apply(database, file)
    async with database.read() as transaction:
        exported = await export_config(transaction)
    assert "secret-of-google" not in exported
    assert "0123456789abcdef" not in exported
    monkeypatch.setenv("CIAM_CONNECTION_SECRET_LINE", "0123456789abcdef0123456789abcdef")
    monkeypatch.setenv("CIAM_CONNECTION_SECRET_LOGIN", "the-secret-of-google")
    write(file, exported)
    assert await apply(database, file) == []


@pytest.mark.parametrize(
    ("key", "changed", "said"),
    [
        ("line", {"provider": "rakuten"}, "there is no provider 'rakuten': one of amazon, apple"),
        ("line", {"client_secret": None}, "needs the client_secret to verify"),
        ("line", {"scopes": ["profile"]}, "cannot do without the scope openid"),
        ("line", {"issuer": "https://evil.example"}, "line fixes its issuer itself"),
        ("line", {"algorithm": "ES256"}, "line fixes its algorithm itself"),
        ("line", {"options": {"tenant": "x"}}, "line has no option tenant"),
        ("line", {"sandbox": "http://10.0.0.1"}, "http://10.0.0.1 is not an https address"),
        ("line", {"email_trust": "relay"}, "Input should be"),
        ("line", {"key": "../line"}, "String should match"),
        ("apple", {"options": {}}, "apple needs the options team_id, key_id"),
        ("apple", {"client_secret": "no key"}, "has to be an EC private key"),
        ("microsoft", {"options": {"tenant": "evil.example/x"}}, "does not look like"),
        ("openid", {"issuer": None}, "openid needs an issuer"),
        ("openid", {"issuer": "http://login.partner.example"}, "is not an https address"),
        ("openid", {"algorithm": "HS256"}, "Input should be"),
        ("daccount", {"endpoints": {"authorization": "https://a.example"}}, "Field required"),
    ],
)
def test_what_does_not_fit_the_provider_is_refused(
    key: str, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        ConnectionConfig.model_validate({**usual(key), **changed})
    assert said in str(refused.value)
    assert APPLE_KEY not in str(refused.value)


def test_a_refusal_names_file_and_line(file: Path) -> None:
    file.write_text(PLAIN.replace("provider: google", "provider: goggle"))
    with pytest.raises(Misconfigured, match=r"ciam\.yaml:7: connections\.1: there is no provider"):
        load_config([file])
