"""The mailbox shows a mail and lets nothing in it run."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from ciam.cli.demo.letters import Letter, find_letter
from ciam.cli.demo.mailbox import build_mailbox
from ciam.identifiers import new_id
from ciam.messaging.mail import write_mail
from ciam.messaging.sms import FileSmsTransport
from ciam.rendering import RenderedMail

TEXT = (
    "コードは 069459 です。番号 1234567 とは違います。\n"
    "http://localhost:8000/verify/link?journey=111222&token=ciam_ln_333444\n"
)
HTML = "<script>alert(1)</script><p>コードは 069459 です。</p>"


@pytest.fixture
async def mailbox(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Give a mailbox with one mail, and a secret beside its folder."""
    folder = tmp_path / "mail"
    folder.mkdir()
    (tmp_path / "secret.eml").write_text("Subject: secret\n\nsecret")
    mail = write_mail(
        RenderedMail(subject="確認 <b>コード</b>", text=TEXT, html=HTML),
        job=new_id(),
        sender="ciam <no-reply@localhost>",
        to="taro@example.jp",
        language="ja",
        host="localhost",
        created_at=datetime.now(UTC),
    )
    (folder / "one.eml").write_bytes(bytes(mail))
    transport = httpx.ASGITransport(build_mailbox(folder, tmp_path / "sms"))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def test_the_code_and_the_link_can_be_seen(mailbox: httpx.AsyncClient) -> None:
    page = (await mailbox.get("/", headers={"Accept-Language": "ja"})).text
    assert '<strong class="code">069459</strong>' in page
    assert "token=ciam_ln_333444" in page
    assert "確認 &lt;b&gt;コード" in page


async def test_a_mail_is_framed_so_that_nothing_in_it_runs(mailbox: httpx.AsyncClient) -> None:
    assert 'sandbox=""' in (await mailbox.get("/")).text
    letter = await mailbox.get("/letters/one")
    assert "<script>" in letter.text
    policy = letter.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox;" in policy


async def test_text_messages_are_shown_too(tmp_path: Path) -> None:
    transport = FileSmsTransport(tmp_path / "sms")
    said = "<b>つむぎ</b>：コードは069459です。\n\n@localhost #069459"
    await transport.deliver(to="+819012345678", text=said, name="one")
    await transport.deliver(to="+819012345678", text="http://localhost/sign-in #123456", name="two")
    app = httpx.ASGITransport(build_mailbox(tmp_path / "mail", tmp_path / "sms"))
    async with httpx.AsyncClient(transport=app, base_url="http://localhost") as client:
        page = (await client.get("/?lang=ja")).text
    assert page.count('<strong class="code">') == 1
    assert '<strong class="code">069459</strong>' in page
    assert "&lt;b&gt;つむぎ" in page
    assert "+819012345678" in page
    assert 'href="http://localhost/sign-in"' in page


@pytest.mark.parametrize("name", ["..%2Fsecret", "../secret", ".one", "none", "one.eml"])
async def test_a_name_that_is_no_mail_is_not_found(mailbox: httpx.AsyncClient, name: str) -> None:
    assert (await mailbox.get(f"/letters/{name}")).status_code == 404


async def test_an_empty_mailbox_says_so(tmp_path: Path) -> None:
    transport = httpx.ASGITransport(build_mailbox(tmp_path / "none", tmp_path / "none"))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        assert "一通もありません" in (await client.get("/?lang=ja")).text


@pytest.mark.parametrize(
    ("text", "code"),
    [("code 123456.", "123456"), ("v 123456.7", None), ("123456", "123456"), ("1234567", None)],
)
def test_only_six_digits_alone_are_a_code(text: str, code: str | None) -> None:
    letter = Letter("n", "s", "t", datetime.now(UTC), text, "")
    assert letter.code == code


def test_a_path_is_never_looked_for(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "secret.eml").write_text("Subject: secret\n\nsecret")
    assert find_letter(tmp_path, "secret") is not None
    assert find_letter(tmp_path / "mail", "../secret") is None
