"""Languages: which one a reader gets, and that a folder more is a language more."""

from __future__ import annotations

from pathlib import Path

import pytest

from ciam.bundled import bundled_path
from ciam.rendering import Catalogues


@pytest.fixture(scope="module")
def catalogues() -> Catalogues:
    return Catalogues(bundled_path("templates") / "locale")


@pytest.mark.parametrize(
    ("ui_locales", "cookie", "accept_language", "expected"),
    [
        ("ja", "en", "en", "ja"),
        ("", "ja", "en", "ja"),
        ("", "", "ja,en;q=0.8", "ja"),
        ("", "", "en;q=0.2, ja;q=0.9", "ja"),
        ("", "", "ja;q=0, en", "en"),
        ("fr ja-Kana-JP", "", "en", "ja"),
        ("JA_jp", "", "", "ja"),
        ("xx", "zz", "*", "en"),
        ("", "", "", "en"),
        ("", "", "ja;q=much", "en"),
        ("../../etc", "<script>", "\x00," * 400, "en"),
    ],
)
def test_the_first_wish_on_offer_is_taken(
    catalogues: Catalogues, ui_locales: str, cookie: str, accept_language: str, expected: str
) -> None:
    chosen = catalogues.choose(
        ui_locales=ui_locales, cookie=cookie, accept_language=accept_language, default="en"
    )
    assert chosen == expected


def test_a_third_language_is_one_folder(tmp_path: Path) -> None:
    for area, line in (("pages", "Sign in"), ("mail", "When")):
        path = tmp_path / "fr" / f"{area}.po"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'msgid ""\nmsgstr ""\n\nmsgid "{line}"\nmsgstr "{line} en français"\n')
    catalogues = Catalogues(tmp_path)
    assert catalogues.languages == ("en", "fr")
    assert catalogues.label("fr") == "Français"
    assert catalogues.translation("fr").ugettext("Sign in") == "Sign in en français"
    assert catalogues.translation("fr").ugettext("When") == "When en français"
