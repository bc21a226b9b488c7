"""The renderer: strictness, escaping, sentences, mails."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from jinja2 import UndefinedError

from ciam.rendering import Brand, Renderer
from ciam.texts import Text
from tests.browser.gallery.mail_states import mails
from tests.browser.gallery.world import PLAIN

ERROR: dict[str, object] = {
    "status": 400,
    "title": Text("Page not found"),
    "detail": None,
    "request_id": "r1",
    "way_on_href": None,
    "way_on_label": None,
    "client_name": None,
}


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer()


def _error(renderer: Renderer, language: str = "en", **changed: object) -> str:
    return renderer.render_page(
        "error", language=language, brand=PLAIN, nonce="n", context={**ERROR, **changed}
    )


def test_a_sentence_is_translated_wherever_it_is_printed(renderer: Renderer) -> None:
    assert "<h1>Page not found</h1>" in _error(renderer)
    japanese = _error(renderer, "ja")
    assert "<h1>ページが見つかりません</h1>" in japanese
    assert '<html lang="ja">' in japanese


def test_what_a_stranger_wrote_is_escaped_in_a_sentence_and_out_of_it(renderer: Renderer) -> None:
    html = _error(renderer, detail=Text("Hello {who}", who="<script>"), request_id='"><script>')
    assert "Hello &lt;script&gt;" in html
    assert "<script>" not in html


def test_a_missing_value_is_a_mistake_and_not_an_empty_place(renderer: Renderer) -> None:
    context = {name: value for name, value in ERROR.items() if name != "request_id"}
    with pytest.raises(UndefinedError, match="request_id"):
        renderer.render_page("error", language="en", brand=Brand(), nonce="", context=context)


class _Words(HTMLParser):
    """Collects the words and addresses of an HTML mail."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = ""
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden = tag == "style"
        found = dict(attrs)
        if tag == "a":
            self.links.append(found.get("href") or "")
        if tag in {"img", "script", "link", "iframe"}:
            self.loaded.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.seen += data


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", list(mails()))
def test_both_parts_of_a_mail_say_the_same(renderer: Renderer, name: str, language: str) -> None:
    context = {**mails()[name], "recipient_name": "Yamada & Co"}
    mail = renderer.render_mail(name, language, PLAIN, context)
    words = _Words()
    words.feed(mail.html)
    assert words.loaded == []
    assert "\n" not in mail.subject
    assert 10 < len(mail.subject) < 78
    assert "&amp;" not in mail.text
    assert "&" in mail.text
    assert "Yamada & Co" in words.seen
    for key, value in mails()[name].items():
        if key.endswith("link"):
            assert str(value) in mail.text
            assert str(value) in words.links
        elif key in {"code", "receipt_id", "device"}:
            assert str(value) in mail.text
            assert str(value) in words.seen
    assert "\n\n\n\n" not in mail.text


def test_the_subject_of_a_mail_is_plain_text(renderer: Renderer) -> None:
    brand = Brand(name="Smith & <Sons>")
    mail = renderer.render_mail("password_changed", "en", brand, mails()["password_changed"])
    assert mail.subject == "Your password at Smith & <Sons> was changed"
    assert "Smith &amp; &lt;Sons&gt;" in mail.html
