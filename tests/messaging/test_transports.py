"""Transports: a file complete or absent; SMTP with a real server, its refusals, its TLS."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session
from pydantic import SecretStr

from ciam.errors import Misconfigured, Unavailable
from ciam.messaging.transports import (
    FileTransport,
    SmtpTransport,
    Undeliverable,
    open_transport,
)
from ciam.settings import Settings
from tests.messaging.test_mail import written
from tests.parts.certificate import write_certificate
from tests.parts.ports import find_free_port

PASSWORD = "not a real password"


class Sink:
    """Takes mails, or refuses them with the reply it is given."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.recipients: list[str] = []
        self.tls: list[bool] = []
        self.rcpt_reply = "250 OK"
        self.data_reply = "250 OK"

    async def handle_RCPT(  # noqa: N802 - as aiosmtpd names it
        self, _server: object, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        if self.rcpt_reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_reply

    async def handle_DATA(  # noqa: N802 - as aiosmtpd names it
        self, _server: object, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        self.recipients += envelope.rcpt_tos
        self.tls.append(session.ssl is not None)
        return self.data_reply


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a certificate for localhost and 127.0.0.1, with its key."""
    return write_certificate(tmp_path_factory.mktemp("tls") / "local.pem", "localhost")


@pytest.fixture
def sink() -> Iterator[tuple[Sink, int]]:
    """Run an SMTP server without TLS on a free port of this machine."""
    handler = Sink()
    with _serving(handler) as port:
        yield handler, port


def _serving(handler: Sink, **options: Any) -> "_Running":  # noqa: ANN401 - as aiosmtpd takes them
    return _Running(handler, options)


class _Running:
    def __init__(self, handler: Sink, options: dict[str, Any]) -> None:
        self.port = find_free_port()
        self.controller = Controller(
            handler, hostname="127.0.0.1", port=self.port, decode_data=False, **options
        )

    def __enter__(self) -> int:
        self.controller.start()
        return self.port

    def __exit__(self, *_: object) -> None:
        self.controller.stop()


async def test_a_mail_becomes_one_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    transport = FileTransport(tmp_path / "mail")
    for _ in range(2):  # a second try ends in the same file
        await transport.deliver(written(), "job-1")
    (path,) = _files(tmp_path / "mail")
    assert path.name == "job-1.eml"
    assert path.read_bytes() == bytes(written())
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


async def test_a_mail_is_handed_to_the_server(sink: tuple[Sink, int]) -> None:
    handler, port = sink
    await SmtpTransport(f"smtp://127.0.0.1:{port}").deliver(written(), "job-1")
    assert handler.recipients == ["hanako@example.jp"]
    assert b"Message-ID: <" in handler.mails[0]
    assert handler.tls == [False]


@pytest.mark.parametrize("reply", ["451 try later", "452 full", "421 closing"])
async def test_a_passing_refusal_is_tried_again(sink: tuple[Sink, int], reply: str) -> None:
    handler, port = sink
    handler.rcpt_reply = reply
    with pytest.raises(Unavailable) as caught:
        await SmtpTransport(f"smtp://127.0.0.1:{port}").deliver(written(), "job-1")
    assert "hanako" not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.parametrize("step", ["rcpt_reply", "data_reply"])
async def test_a_lasting_refusal_is_undeliverable(sink: tuple[Sink, int], step: str) -> None:
    handler, port = sink
    setattr(handler, step, "550 no such mailbox hanako@example.jp")
    with pytest.raises(Undeliverable) as caught:
        await SmtpTransport(f"smtp://127.0.0.1:{port}").deliver(written(), "job-1")
    assert caught.value.cause.startswith("mail job-1: SMTP")
    assert "hanako" not in f"{caught.value} {caught.value.__cause__}"
    assert caught.value.__suppress_context__  # a trace would name the address


async def test_no_server_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await SmtpTransport(f"smtp://127.0.0.1:{find_free_port()}").deliver(written(), "job-1")


async def test_starttls_is_used_and_the_certificate_checked(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    handler = Sink()

    def authenticate(*arguments: Any) -> AuthResult:  # noqa: ANN401 - as aiosmtpd calls it
        is_right = arguments[-1].password == PASSWORD.encode()
        return AuthResult(success=is_right, handled=False)

    options = {
        "tls_context": context,
        "require_starttls": True,
        "authenticator": authenticate,
        "auth_require_tls": True,
    }
    with _serving(handler, **options) as port:
        url = f"smtp://user:{PASSWORD.replace(' ', '%20')}@localhost:{port}?tls=required"
        await SmtpTransport(url, certificate).deliver(written(), "job-1")
        assert handler.tls == [True]
        with pytest.raises(Unavailable):
            await SmtpTransport(url).deliver(written(), "job-2")  # an unknown authority
        with pytest.raises(Unavailable, match="SMTPAuthenticationError"):
            wrong = f"smtp://user:wrong@localhost:{port}?tls=required"
            await SmtpTransport(wrong, certificate).deliver(written(), "job-3")
    assert len(handler.mails) == 1


async def test_smtps_speaks_tls_from_the_start(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    handler = Sink()
    with _serving(handler, ssl_context=context) as port:
        url = f"smtps://localhost:{port}"
        await SmtpTransport(url, certificate).deliver(written(), "job-1")
    assert len(handler.mails) == 1


async def test_required_tls_is_not_given_up(sink: tuple[Sink, int]) -> None:
    handler, port = sink
    with pytest.raises(Unavailable):
        await SmtpTransport(f"smtp://127.0.0.1:{port}?tls=required").deliver(written(), "job-1")
    assert handler.mails == []


def test_a_password_never_leaves_in_clear_text() -> None:
    assert SmtpTransport("smtp://user:word@mail.example.com").start_tls is True
    assert SmtpTransport("smtp://mail.example.com").start_tls is None
    assert SmtpTransport("smtp://user:word@localhost").start_tls is None
    assert SmtpTransport("smtps://user:word@mail.example.com").use_tls
    with pytest.raises(Misconfigured, match="password needs TLS"):
        SmtpTransport("smtp://user:word@mail.example.com?tls=never")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("mail_url", "http://mail.example.com"),
        ("mail_url", "smtp:"),
        ("mail_url", "smtp://host:port"),
        ("mail_url", "smtp://host?tls=maybe"),
        ("mail_url", ""),
    ],
)
def test_a_setting_that_is_none_is_named(tmp_path: Path, setting: str, value: str) -> None:
    settings = Settings(home=tmp_path, **{setting: SecretStr(value)})  # type: ignore[arg-type]  # by name
    with pytest.raises(Misconfigured, match=f"CIAM_{setting.upper()}"):
        open_transport(settings)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def test_many_mails_at_once_are_each_whole(tmp_path: Path) -> None:
    transport = FileTransport(tmp_path / "mail")
    await asyncio.gather(*(transport.deliver(written(), f"job-{n}") for n in range(20)))
    assert {path.read_bytes() for path in _files(tmp_path / "mail")} == {bytes(written())}
    assert len(_files(tmp_path / "mail")) == 20
