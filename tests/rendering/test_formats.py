"""Values as a reader writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from babel.support import NullTranslations

from ciam.rendering import formats
from ciam.texts import Text

NEW_YEARS_EVE = datetime(2026, 12, 31, 15, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "timezone", "expected"),
    [
        ("ja", "Asia/Tokyo", "2027年1月1日 0:05"),
        ("en", "Asia/Tokyo", "1 Jan 2027 00:05"),
        ("en", "UTC", "31 Dec 2026 15:05 UTC"),
        ("en-GB", "Europe/London", "31 Dec 2026 15:05"),
    ],
)
def test_a_time_is_written_in_the_readers_language_and_zone(
    language: str, timezone: str, expected: str
) -> None:
    assert formats.write_datetime(NEW_YEARS_EVE, language, timezone) == expected


def test_a_bare_date_has_no_zone() -> None:
    assert formats.write_date(date(2026, 4, 1), "ja", "America/New_York") == "2026年4月1日"


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("hanako@example.jp", "ha•••@example.jp"),
        ("abc@example.jp", "a•••@example.jp"),
        ("a@example.jp", "a•••@example.jp"),
        ('"x@y"@example.jp', '"x•••@example.jp'),
        ("nothing", "n•••"),
        ("", "•••"),
    ],
)
def test_a_masked_address_keeps_enough_to_know_ones_own(address: str, masked: str) -> None:
    assert formats.mask_email(address) == masked


def test_times_inside_a_sentence_are_written_for_the_reader() -> None:
    text = Text("Valid until {time}, {again}.", time=NEW_YEARS_EVE, again=Text("or {n}", n=3))
    said = formats.say(text, NullTranslations(), "en", "UTC")
    assert said == "Valid until 31 Dec 2026 15:05 UTC, or 3."


def test_prose_becomes_headings_lists_and_paragraphs_and_is_escaped() -> None:
    html = formats.prose("# Title\nfirst\nsecond\n\n- one\n- <b>two</b>\r\n\r\nlast & least")
    assert html.split("\n") == [
        "<h2>Title</h2>",
        "<p>first<br>second</p>",
        "<ul><li>one</li><li>&lt;b&gt;two&lt;/b&gt;</li></ul>",
        "<p>last &amp; least</p>",
    ]
