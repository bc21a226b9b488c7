"""Every hosted page in every state: what a browser, a password store and a screen reader need."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup, Tag

from ciam.bundled import bundled_path
from ciam.rendering import Renderer
from ciam.web.static import StaticFiles
from tests.browser.gallery.build import STYLE
from tests.browser.gallery.samples import states
from tests.browser.gallery.world import State

TOKENS = {
    "identifier": {"username", "username webauthn"},
    "username": "username",
    "email": "email",
    "password": {"current-password", "new-password"},
    "current_password": "current-password",
    "code": "one-time-code",
    "family_name": "family-name",
    "given_name": "given-name",
}
LOADED = {".css", ".js", ".svg"}
NAMES = {"LINE", "Google", "Chrome", "Windows", "Safari", "iPhone", "Hinata", "example"}
NAMES |= {
    "Yahoo",
    "JAPAN",
    "Apple",
    "Microsoft",
    "JSON",
    "Password",
    "Manager",
    "YubiKey",
    "NFC",
    "PIN",
    "SMS",
    "JavaScript",
}
ALL = [(language, state) for language in ("en", "ja") for state in [*states(language), STYLE]]
STATIC = StaticFiles()


@cache
def _renderer() -> Renderer:
    return Renderer(static_url=STATIC.url)


def _html(language: str, state: State) -> str:
    return _renderer().render_page(
        state.page, language=language, brand=state.brand, nonce="abc", context=state.context
    )


@pytest.fixture(params=ALL, ids=[f"{language}-{state.name}" for language, state in ALL])
def html(request: pytest.FixtureRequest) -> str:
    return _html(*request.param)


@pytest.fixture
def page(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def test_every_posting_form_carries_the_token_and_the_journey(page: BeautifulSoup) -> None:
    for form in page.select("form[method=post]"):
        assert len(form.select("input[name=csrf_token]")) == 1
        assert len(form.select("input[name=journey]")) == 1


def test_ids_are_unique_and_every_reference_leads_somewhere(page: BeautifulSoup) -> None:
    ids = [str(tag["id"]) for tag in page.select("[id]")]
    assert sorted(ids) == sorted(set(ids))
    for attribute in ("for", "aria-describedby", "data-reveal", "data-wait-text", "data-strength"):
        for tag in page.select(f"[{attribute}]"):
            assert set(str(tag[attribute]).split()) <= set(ids)


def test_every_control_has_a_label_and_its_autocomplete_token(page: BeautifulSoup) -> None:
    for control in page.select("input:not([type=hidden]), select"):
        if control.get("aria-hidden") != "true":
            labelled = control.find_parent("label") or page.select_one(
                f"label[for={control['id']}]"
            )
            assert labelled is not None
            assert labelled.get_text(strip=True)
        expected = TOKENS.get(str(control["name"]))
        if control["name"] == "code" and page.select_one("input[name=way][value=recovery_code]"):
            expected = "off"  # kept on paper or in a file: nothing a browser could fill in
        if expected:
            assert control.get("autocomplete") in (
                {expected} if isinstance(expected, str) else expected
            )


def test_every_error_is_an_alert_tied_to_its_field(page: BeautifulSoup) -> None:
    for error in page.select(".error"):
        assert error["role"] == "alert"
        tied = page.select(f'[aria-describedby~="{error["id"]}"]')
        if error.find_parent("fieldset") is None:
            assert [tag.get("aria-invalid") for tag in tied] == ["true"]
    for link in page.select("#error-summary a"):
        assert page.select_one(str(link["href"])) is not None


def test_no_secret_is_shown_again(page: BeautifulSoup) -> None:
    for field in page.select("input[type=password], input[name=code]"):
        assert not field.get("value")


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(page: BeautifulSoup) -> None:
    assert page.select("style, [style], [onclick], [onload]") == []
    for script in page.select("script"):
        assert script["nonce"] == "abc"
        assert script.get_text() == ""
    for tag in page.select("[src], link[href]"):
        address = str(tag.get("src") or tag.get("href"))
        assert address.startswith("/static/")


def test_one_heading_one_main_and_no_level_left_out(page: BeautifulSoup) -> None:
    levels = [int(tag.name[1]) for tag in page.select("h1, h2, h3, h4")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.select("main")) == 1


def test_nothing_that_may_be_refused_is_chosen_beforehand(page: BeautifulSoup) -> None:
    for choice in page.select("input[type=radio], input[type=checkbox]"):
        form = choice.find_parent("form")
        assert isinstance(form, Tag) or page.title is not None
        is_stored = isinstance(form, Tag) and "form-wide" in (form.get("class") or [])
        if choice.has_attr("checked") and not is_stored:  # of what an operator edits
            assert page.select_one(".error") is not None  # kept from what was sent


def test_the_first_load_is_small(html: str) -> None:
    folder = bundled_path("templates") / "static"
    assets = [path.read_bytes() for path in folder.rglob("*") if path.suffix in LOADED]
    assert len(html.encode()) + sum(map(len, assets)) < 100_000


def test_no_english_is_left_in_a_japanese_page(page: BeautifulSoup) -> None:
    if not page.select_one("html[lang=ja]") or page.select_one("main [lang=en]"):
        return
    for tag in page.select("script, [lang=en], .id, [hidden]"):
        tag.decompose()
    text = re.sub(r"\S*(@|\.jp)\S*", " ", page.get_text(" "))
    assert set(re.findall(r"[A-Za-z]{3,}", text)) <= NAMES
