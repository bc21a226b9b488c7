"""The master key: made once, readable by its owner alone, never named in an error."""

import base64
import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from ciam.errors import Misconfigured
from ciam.keys.master import load_master, parse_master
from ciam.settings import Settings

SECOND = hashlib.sha256(b"a second key").digest()
ONE = base64.urlsafe_b64encode(hashlib.sha256(b"a key").digest()).decode()
TWO = base64.urlsafe_b64encode(SECOND).decode().rstrip("=")


def test_it_is_made_once_and_found_again(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    made = load_master(settings)
    assert load_master(settings) == made
    file = tmp_path / "home" / "master.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_those_who_start_together_agree_on_one(tmp_path: Path) -> None:
    for number in range(20):
        settings = Settings(home=tmp_path / f"home-{number}")
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda _, s=settings: load_master(s), range(8)))
        assert all(ring == made[0] for ring in made)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "key"
    file.write_text(ONE)
    file.chmod(mode)
    with pytest.raises(Misconfigured, match="chmod 600"):
        load_master(Settings(home=tmp_path, master_key_file=file))


def test_a_file_that_is_named_is_never_made(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        load_master(Settings(home=tmp_path, master_key_file=tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()


def test_several_keys_are_versions_and_the_last_is_new(tmp_path: Path) -> None:
    for text in (f"{ONE} {TWO}", f"{ONE},{TWO}", f"{ONE}\n{TWO}\n"):
        ring = load_master(Settings(home=tmp_path, master_key=SecretStr(text)))
        assert sorted(ring.keys) == [1, 2]
        assert ring.newest.secret == SECOND


@pytest.mark.parametrize(
    "text",
    [
        "",
        " , ",
        "changeme",
        ONE[:-2],
        ONE + "AA",
        base64.urlsafe_b64encode(bytes(32)).decode(),
        base64.urlsafe_b64encode(b"\xff" * 32).decode(),
        base64.urlsafe_b64encode(bytes(range(32))).decode(),
        base64.urlsafe_b64encode(bytes(range(200, 8, -6))).decode(),
        base64.urlsafe_b64encode(b"0123456789abcdef0123456789abcdef").decode(),
        base64.urlsafe_b64encode(b"change me before you go live!!!!").decode(),
        base64.urlsafe_b64encode(bytes.fromhex("deadbeef") * 8).decode(),
        f"{ONE} short",
        "鍵",
    ],
)
def test_what_is_no_random_key_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        parse_master(text, "CIAM_MASTER_KEY")
    assert caught.value.cause.startswith("CIAM_MASTER_KEY")
    assert not text.strip(" ,") or text not in caught.value.cause


def test_the_umask_of_the_caller_does_not_open_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_master(Settings(home=tmp_path / "home"))
    finally:
        os.umask(before)
    file = tmp_path / "home" / "master.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
