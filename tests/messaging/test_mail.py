"""A mail as programs read it: both parts, Japanese headers, one identity over every try."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from uuid import UUID

import pytest

from ciam.bundled import bundled_path
from ciam.errors import Misconfigured
from ciam.messaging.mail import write_mail
from ciam.messaging.messages import (
    MESSAGES,
    AccountClosed,
    AddressKnown,
    ConnectKnown,
    ConsentReceipt,
    CustomerInvited,
    EmailChanged,
    LoginLinked,
    LoginUnlinked,
    Message,
    NewSignIn,
    OperatorInvited,
    OperatorNews,
    PasskeyAdded,
    PasskeyRemoved,
    PasswordChanged,
    PasswordReset,
    PhoneChanged,
    SecondFactorChanged,
    SecondFactorLost,
    SetPasswordHint,
    SignInCode,
    SignInDisowned,
    VerifyAddress,
    to_context,
)
from ciam.rendering import Brand, RenderedMail, Renderer

WHEN = datetime(2030, 1, 15, 9, 0, tzinfo=UTC)
JOB = UUID("01941f29-7c00-7000-8000-000000000001")
ISSUER = "https://id.example.jp"
SAMPLES: tuple[Message, ...] = (
    VerifyAddress("123456", "/verify/link?token=t", WHEN),
    AddressKnown(),
    PasswordReset("123456", "/recover/link?token=t", WHEN),
    SignInCode("123456", WHEN, "/verify/link?token=t", "Firefox / Windows"),
    PasswordChanged(WHEN),
    SecondFactorChanged(WHEN, "totp.added"),
    SecondFactorLost("begun", WHEN, "Firefox, Linux", WHEN, WHEN, "/cancel-recovery?token=t"),
    PasskeyAdded(WHEN, "Windows Hello"),
    PasskeyRemoved(WHEN, "Windows Hello"),
    LoginLinked("LINE", WHEN, "/linked-logins/undo?token=t", WHEN),
    LoginUnlinked("LINE", WHEN, "/linked-logins/undo?token=t", WHEN),
    ConnectKnown("123456", "/verify/link?token=t", WHEN, "LINE"),
    NewSignIn(WHEN, "Firefox, Linux", "/not-me?token=t", WHEN, "JP"),
    SignInDisowned(WHEN, had_password=True, removed=["passkey"], has_old_address=True),
    AccountClosed(WHEN),
    EmailChanged(WHEN, "/email-change/undo?token=t", WHEN),
    PhoneChanged(WHEN, "phone.changed", "•••78", "/undo-phone-change?token=t", WHEN),
    OperatorInvited("/admin/join?token=t", WHEN),
    CustomerInvited("/invitation?token=t", WHEN),
    OperatorNews(WHEN, ["Support"]),
    SetPasswordHint(),
    ConsentReceipt("Newsletter", "given", WHEN, "rcp_1"),
)


def written(
    mail: RenderedMail | None = None,
    to: str = "hanako@example.jp",
    sender: str = "つむぎ商店 <no-reply@example.jp>",
) -> EmailMessage:
    mail = mail or RenderedMail("件名は日本語です", "本文\n", "<p>本文</p>\n")
    return write_mail(
        mail,
        job=JOB,
        sender=sender,
        to=to,
        language="ja",
        host="id.example.jp",
        created_at=WHEN,
    )


def read(message: EmailMessage) -> EmailMessage:
    return message_from_bytes(bytes(message), policy=default)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def test_japanese_headers_are_encoded_words_and_come_back() -> None:
    raw = bytes(written())
    assert raw.isascii()
    assert b"=?utf-8?" in raw
    message = read(written())
    assert message["Subject"] == "件名は日本語です"
    assert message["From"].addresses[0].display_name == "つむぎ商店"
    assert message["From"].addresses[0].addr_spec == "no-reply@example.jp"
    assert message["To"] == "hanako@example.jp"


def test_programs_that_answer_mails_are_told_not_to() -> None:
    message = read(written())
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "ja"
    assert message["Date"].datetime == WHEN
    assert message["MIME-Version"] == "1.0"


def test_text_comes_before_html_and_both_are_whole() -> None:
    mail = RenderedMail(
        "s", "長い本文です。" * 200 + "\n", "<p>" + "長い本文です。" * 200 + "</p>\n"
    )
    message = read(written(mail))
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert _lines(text.get_content()) == mail.text
    assert _lines(html.get_content()) == mail.html
    assert all(len(line) <= 998 for line in bytes(written(mail)).split(b"\r\n"))


def test_a_second_try_has_the_same_bytes_and_the_id_of_the_job() -> None:
    first, second = written(), written()
    assert bytes(first) == bytes(second)
    assert read(first)["Message-ID"] == f"<{JOB}@id.example.jp>"
    assert "hanako" not in str(first["Message-ID"])


def test_an_address_in_another_script_is_sent_as_it_must_be() -> None:
    by_domain = bytes(written(to="hanako@例え.jp"))
    assert by_domain.isascii()
    assert b"To: hanako@xn--r8jz45g.jp" in by_domain
    assert "To: 花子@example.jp\r\n".encode() in bytes(written(to="花子@example.jp"))


@pytest.mark.parametrize(
    "to",
    ["", "hanako", "@example.jp", "hanako@", "a@b\r\nBcc: c@example.com", "a\nb@example.jp"],
)
def test_what_is_no_address_is_refused_without_repeating_it(to: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        written(to=to)
    assert caught.value.cause == "the recipient's address is not a mailbox"


def test_two_addresses_are_never_taken_for_one() -> None:
    for to in ("a@example.jp, b@example.jp", "<a@example.jp>, b@example.jp"):
        message = written(to=to)
        assert len(read(message)["To"].addresses) == 1


def test_a_sender_that_is_no_mailbox_names_the_setting() -> None:
    with pytest.raises(Misconfigured, match="CIAM_MAIL_FROM"):
        written(sender="ciam")


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.template)
def test_every_message_is_written_from_what_the_outbox_keeps(
    sample: Message, language: str
) -> None:
    context = to_context(sample.to_payload(), ISSUER)
    mail = Renderer().render_mail(
        sample.template, language, Brand(), {**context, "recipient_name": "花子"}
    )
    message = read(written(mail))
    text, html = (part.get_content() for part in message.iter_parts())
    assert message["Subject"]
    for name, value in context.items():
        if name == "link" or name.endswith("_link"):
            assert value.startswith(f"{ISSUER}/")
            assert value in text
            assert value.replace("&", "&amp;") in html
    if hasattr(sample, "code"):
        assert sample.code in text
        assert sample.code in html


def test_every_template_has_its_message_and_every_message_its_template() -> None:
    templates = {path.stem for path in (bundled_path("templates") / "mail").glob("*.txt")}
    assert templates - {"layout"} == set(MESSAGES) == {one.template for one in SAMPLES}


def test_a_code_is_not_shown_where_a_message_is_printed() -> None:
    assert "123456" not in repr(SAMPLES[0])
    assert "token" not in repr(SAMPLES[2])
