"""Text messages: what they say and cost, and the drivers by which they leave."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from ciam.errors import Misconfigured, Unavailable
from ciam.messaging.short_messages import (
    SHORT_MESSAGES,
    FactorCode,
    NumberChanged,
    NumberCode,
    ResetCode,
    SignInCode,
)
from ciam.messaging.sms import SmsTransport, open_sms_transport
from ciam.messaging.sms_text import count_parts, write_sms
from ciam.messaging.transports import Undeliverable
from ciam.outbound import Outbound
from ciam.rendering import Renderer
from ciam.settings import Settings
from tests.parts.clock import FakeClock

NUMBER = "+819012345678"
SECRET = "not-a-real-secret"
ISSUER = "https://id.example.com"
RENDERER = Renderer()


class Carrier:
    """Answers every request with what the test says, and keeps what came."""

    def __init__(self, status: int = 201) -> None:
        self.status = status
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status, content=b"{}")


def _open(url: str, carrier: Carrier, home: Path) -> SmsTransport:
    settings = Settings(home=home, sms_url=SecretStr(url))

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["8.8.8.8"]

    outbound = Outbound(settings, resolve=resolve, transport=httpx.MockTransport(carrier))
    return open_sms_transport(settings, outbound, FakeClock())


def _written(sentence: str, language: str, **values: str) -> str:
    return write_sms(
        sentence,
        values,
        brand="つむぎ" if language == "ja" else "Tsumugi",
        issuer=ISSUER,
        say=lambda text: RENDERER.say(text, language),
    )


@pytest.mark.parametrize("message", [NumberCode, SignInCode, ResetCode, FactorCode])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_code_is_one_part_and_ends_with_the_host_it_is_for(
    message: type[NumberCode], language: str
) -> None:
    text = _written(message.sentence, language, code="123456")
    assert text.splitlines()[-1] == "@id.example.com #123456"
    assert text.splitlines()[-2] == ""
    assert text.count("123456") == 2
    assert ("つむぎ" if language == "ja" else "Tsumugi") in text
    assert "http" not in text, "nothing to tap in a message with a code"
    assert count_parts(text) == 1


@pytest.mark.parametrize("kind", SHORT_MESSAGES.values())
def test_every_message_is_said_in_japanese(kind: type[NumberCode]) -> None:
    values = {"code": "123456", "undo_link": "/u", "recovery_link": "/r", "sign_in_link": "/s"}
    values |= {"not_me_link": "/n", "cancel_link": "/c", "security_link": "/a"}
    japanese = _written(kind.sentence, "ja", **values)
    assert japanese != _written(kind.sentence, "en", **values)
    assert "{" not in japanese


def test_a_link_goes_to_the_issuer_and_nowhere_else() -> None:
    text = _written(NumberChanged.sentence, "en", undo_link="/undo-phone-change?token=x")
    assert f"{ISSUER}/undo-phone-change?token=x" in text
    assert "#" not in text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),
        ("€" * 80, 1), ("€" * 81, 2), ("あ" * 70, 1), ("あ" * 71, 2), ("あ" * 135, 3),
        ("😀" * 35, 1), ("😀" * 36, 2),
    ],
)  # fmt: skip
def test_parts_are_counted_as_networks_do(text: str, parts: int) -> None:
    assert count_parts(text) == parts


async def test_the_web_hook_is_signed_over_id_time_and_body(tmp_path: Path) -> None:
    carrier = Carrier(200)
    transport = _open(f"https://:{SECRET}@sms.example.com/send?x=1", carrier, tmp_path)
    await transport.deliver(to=NUMBER, text="コード", name="job-1")
    (request,) = carrier.requests
    assert request.headers["host"] == "sms.example.com"
    assert request.url.raw_path == b"/send?x=1"
    assert SECRET not in str(request.url)
    assert "authorization" not in request.headers
    assert json.loads(request.content) == {"id": "job-1", "to": NUMBER, "text": "コード"}
    moment = request.headers["webhook-timestamp"]
    signed = f"job-1.{moment}.".encode() + request.content
    expected = hmac.digest(SECRET.encode(), signed, hashlib.sha256)
    assert request.headers["webhook-id"] == "job-1"
    assert request.headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"


async def test_twilio_gets_the_form_it_knows(tmp_path: Path) -> None:
    carrier = Carrier()
    url = "twilio://AC0123:not-a-token@api.example.com?from=%2B15005550006"
    await _open(url, carrier, tmp_path).deliver(to=NUMBER, text="Code & more", name="job-1")
    (request,) = carrier.requests
    assert request.url.path == "/2010-04-01/Accounts/AC0123/Messages.json"
    assert request.headers["host"] == "api.example.com"
    assert parse_qs(request.content.decode()) == {
        "To": [NUMBER],
        "From": ["+15005550006"],
        "Body": ["Code & more"],
    }
    credentials = base64.b64decode(request.headers["authorization"].removeprefix("Basic "))
    assert credentials == b"AC0123:not-a-token"


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Undeliverable), (422, Undeliverable), (429, Unavailable), (500, Unavailable),
     (503, Unavailable), (302, Unavailable)],
)  # fmt: skip
@pytest.mark.parametrize(
    "url",
    [f"https://:{SECRET}@sms.example.com/", "twilio://AC1:token@api.example.com?service=MG1"],
)
async def test_a_refusal_for_good_is_told_from_one_for_now(
    url: str, status: int, error: type[Exception], tmp_path: Path
) -> None:
    with pytest.raises(error) as raised:
        await _open(url, Carrier(status), tmp_path).deliver(to=NUMBER, text="x", name="job-1")
    assert NUMBER not in str(raised.value)
    assert SECRET not in str(raised.value)


async def test_a_wrong_token_is_ours_to_mend(tmp_path: Path) -> None:
    transport = _open("twilio://AC1:old@api.example.com?service=MG1", Carrier(401), tmp_path)
    with pytest.raises(Unavailable, match="CIAM_SMS_URL"):
        await transport.deliver(to=NUMBER, text="x", name="job-1")


async def test_nothing_private_is_reached(tmp_path: Path) -> None:
    carrier = Carrier()
    settings = Settings(home=tmp_path, sms_url=SecretStr(f"http://:{SECRET}@127.0.0.1:9/"))
    outbound = Outbound(settings, transport=httpx.MockTransport(carrier))
    with pytest.raises(Unavailable):
        await open_sms_transport(settings, outbound, FakeClock()).deliver(
            to=NUMBER, text="x", name="job-1"
        )
    assert carrier.requests == []


@pytest.mark.parametrize(
    "url",
    ["", "smtp://x", "https://sms.example.com/", "https://:short@sms.example.com/",
     f"https://:{SECRET}@/", f"https://:{SECRET}@host:port/", "twilio://AC1:token@host",
     "twilio://AC1@host?from=1", "twilio://A/1:token@host?from=1", "twilio:",
     "twilio://AC1:token@host?from=1&service=MG1"],
)  # fmt: skip
def test_a_setting_that_is_none_is_named(url: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="CIAM_SMS_URL") as raised:
        _open(url, Carrier(), tmp_path)
    assert SECRET not in raised.value.cause


async def test_a_file_is_complete_and_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    for url, where in (("file:", tmp_path / "sms"), (f"file://{folder}", folder)):
        await _open(url, Carrier(), tmp_path).deliver(to=NUMBER, text="コード", name="job-1")
        (path,) = where.iterdir()
        assert path.name == "job-1.json"
        assert json.loads(path.read_text()) == {"id": "job-1", "to": NUMBER, "text": "コード"}
        assert path.stat().st_mode & 0o077 == 0
