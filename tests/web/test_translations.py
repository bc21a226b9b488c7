"""Every sentence for people has its Japanese, with the same placeholders."""

from __future__ import annotations

import re

from babel.messages.pofile import read_po

from tests.web.messages import ROOT, messages

PLACEHOLDER = re.compile(r"%\((\w+)\)s|\{(\w+)\}")


def _japanese() -> dict[str, str]:
    known: dict[str, str] = {}
    for path in sorted((ROOT / "templates/locale/ja").glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source, locale="ja"):
                key, value = _first(message.id), _first(message.string)
                if key:
                    assert value, f"{path.name}: {key!r} is empty"
                    assert key not in known or known[key] == value, f"two translations of {key!r}"
                    known[key] = value
    return known


def test_every_sentence_has_its_japanese() -> None:
    known = _japanese()
    missing = {
        f"{path}:{line}: {message!r}"
        for path, line, message in messages()
        if (message if isinstance(message, str) else message[0]) not in known
    }
    assert sorted(missing) == []


def test_the_japanese_fills_the_same_places() -> None:
    differing = {
        key: value
        for key, value in _japanese().items()
        if not _places(value) <= _places(key) or _markup(key) != _markup(value)
    }
    assert differing == {}


def test_a_sentence_without_placeholders_has_no_braces() -> None:
    known = _japanese()
    assert [key for key in known if key.count("{") != key.count("}")] == []


def test_no_italics_no_exclamation_marks_and_no_stiff_phrases() -> None:
    stiff = re.compile("!|\uff01|いただけますと幸い|<em>|<i>")
    assert [value for value in _japanese().values() if stiff.search(value)] == []
    texts = [m if isinstance(m, str) else m[0] for _, _, m in messages()]
    assert [text for text in texts if "!" in text or "invalid credentials" in text.lower()] == []


def _first(text: object) -> str:
    return str(text[0]) if isinstance(text, tuple | list) else str(text)


def _places(text: str) -> set[str]:
    return {first or second for first, second in PLACEHOLDER.findall(text)}


def _markup(text: str) -> list[str]:
    return sorted(re.findall(r"</?\w+[^>]*>", text))
