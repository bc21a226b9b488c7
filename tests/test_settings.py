"""Settings: what the environment says, and what is refused before anything is exposed."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from ciam.errors import Misconfigured
from ciam.settings import Settings, is_loopback


def test_with_nothing_set_everything_has_a_value() -> None:
    settings = Settings()
    settings.check_exposure()
    assert settings.issuer == "http://localhost:8000"
    assert settings.is_sqlite
    assert settings.database_url.get_secret_value().endswith("/.ciam/ciam.db")


def test_the_issuer_follows_the_port() -> None:
    assert Settings(port=9000).issuer == "http://localhost:9000"


@pytest.mark.parametrize(
    "issuer",
    [
        "ftp://example.com",
        "https://",
        "https://example.com/path",
        "https://example.com?x=1",
        "nonsense",
    ],
)
def test_an_issuer_that_is_no_origin_is_refused(issuer: str) -> None:
    with pytest.raises(ValidationError):
        Settings(issuer=issuer)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"host": "0.0.0.0"}, "CIAM_ISSUER"),  # noqa: S104 - refused is the point
        ({"host": "0.0.0.0", "issuer": "https://id.example.com"}, "CIAM_MASTER_KEY"),  # noqa: S104 - the same
        ({"issuer": "http://id.example.com"}, "CIAM_ISSUER"),
        ({"issuer": "https://id.example.com"}, "CIAM_MASTER_KEY"),
    ],
)
def test_beyond_loopback_https_and_a_master_key_are_needed(
    given: dict[str, Any], missing: str
) -> None:
    with pytest.raises(Misconfigured, match=missing):
        Settings(**given).check_exposure()


def test_beyond_loopback_with_both_is_let_through() -> None:
    key = SecretStr("A" * 43)
    settings = Settings(host="0.0.0.0", issuer="https://id.example.com", master_key=key)  # noqa: S104 - allowed here
    settings.check_exposure()
    assert settings.is_https


def test_no_secret_shows_in_its_representation() -> None:
    settings = Settings(
        database_url=SecretStr("postgresql+asyncpg://u:hunter2@h/d"),
        master_key=SecretStr("hunter3"),
        mail_url=SecretStr("smtp://u:hunter4@h"),
    )
    assert "hunter" not in repr(settings) + str(settings)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "a.localhost"]
)
def test_loopback_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["example.com", "0.0.0.0", "10.0.0.1", "localhost.example.com"],  # noqa: S104 - a name here
)
def test_other_hosts_are_not_loopback(host: str) -> None:
    assert not is_loopback(host)
