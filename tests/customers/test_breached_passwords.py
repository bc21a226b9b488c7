"""A-05: what is known from a breach is refused; the range service learns five digits of a hash."""

from hashlib import sha1
from pathlib import Path

import httpx
import pytest

from ciam.customers.breached_passwords import BreachedPasswords
from ciam.customers.passwords import PasswordHasher
from ciam.errors import FormRefused
from ciam.outbound import Outbound
from ciam.sealing import KeyRing, ServerKeys, new_key
from ciam.settings import Settings

RING = KeyRing.of(new_key())
KEYS = ServerKeys(RING, RING, RING, RING, RING, RING)
KNOWN = "correct horse battery staple"


def _digest(password: str) -> str:
    return sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def _listed(folder: Path, count: int, ending: str = "\n") -> tuple[Path, list[str]]:
    passwords = [f"a breached password, number {number}" for number in range(count)]
    lines = sorted(f"{_digest(one)}:{number + 1}" for number, one in enumerate(passwords))
    path = folder / "breached.txt"
    path.write_bytes("".join(line + ending for line in lines).encode())
    return path, passwords


@pytest.mark.parametrize("count", [1, 2, 3, 1000])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
async def test_every_line_of_the_file_is_found_and_nothing_else(
    tmp_path: Path, count: int, ending: str
) -> None:
    path, passwords = _listed(tmp_path, count, ending)
    breached = BreachedPasswords(path)
    assert [one for one in passwords if not await breached.contains(one)] == []
    others = [f"another password, number {number}" for number in range(200)]
    assert [one for one in others if await breached.contains(one)] == []


async def test_an_empty_file_and_one_without_a_last_line_end_are_read(tmp_path: Path) -> None:
    path = tmp_path / "breached.txt"
    path.write_bytes(b"")
    assert not await BreachedPasswords(path).contains(KNOWN)
    path.write_text(f"{'0' * 40}:1\n{_digest(KNOWN)}:2", "ascii")
    assert await BreachedPasswords(path).contains(KNOWN)


async def test_full_width_letters_are_looked_up_as_they_are_compared(tmp_path: Path) -> None:
    path = tmp_path / "breached.txt"
    path.write_text(f"{_digest('password1234')}:9\n", "ascii")
    assert await BreachedPasswords(path).contains("ｐａｓｓｗｏｒｄ１２３４")


def _service(tmp_path: Path, asked: list[httpx.Request], body: str, status: int = 200) -> Outbound:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, text=body)

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["8.8.8.8"]

    settings = Settings(home=tmp_path)
    return Outbound(settings, resolve=resolve, transport=httpx.MockTransport(answer))


async def test_the_range_service_learns_five_digits_and_padding_does_not_count(
    tmp_path: Path,
) -> None:
    asked: list[httpx.Request] = []
    rest, padded = _digest(KNOWN)[5:], _digest("a padded one")[5:]
    outbound = _service(tmp_path, asked, f"{'A' * 35}:3\r\n{rest}:12\r\n{padded}:0\r\n")
    breached = BreachedPasswords(None, outbound)
    assert not await breached.contains(KNOWN), "off unless an operator chose it"
    assert asked == []
    assert await breached.contains(KNOWN, asks_range=True)
    assert not await breached.contains("a padded one", asks_range=True)
    assert asked[0].url.path == f"/range/{_digest(KNOWN)[:5]}"
    assert asked[0].headers["add-padding"] == "true"
    assert rest not in str(asked[0].url)


async def test_a_service_that_is_away_keeps_nobody_from_setting_a_password(tmp_path: Path) -> None:
    outbound = _service(tmp_path, [], "", status=503)
    assert not await BreachedPasswords(None, outbound).contains(KNOWN, asks_range=True)

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away", request=request)

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["8.8.8.8"]

    away = Outbound(Settings(home=tmp_path), resolve=resolve, transport=httpx.MockTransport(fail))
    assert not await BreachedPasswords(None, away).contains(KNOWN, asks_range=True)


async def test_a_breached_password_is_not_set(tmp_path: Path) -> None:
    path = tmp_path / "breached.txt"
    path.write_text(f"{_digest(KNOWN)}:9\n", "ascii")
    hasher = PasswordHasher(1, breached=BreachedPasswords(path))
    with pytest.raises(FormRefused) as refused:
        await hasher.hash_new(KNOWN, KEYS)
    assert "stolen elsewhere" in str(refused.value.errors["password"])
    assert await hasher.hash_new("another one, that nobody stole", KEYS)
    hasher.close()
