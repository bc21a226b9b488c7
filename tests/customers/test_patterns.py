"""Patterns of attribute values: the whole text, in linear time, and clear words for a wrong one."""

import pytest

from ciam.customers.patterns import LONGEST, BadPattern, Pattern


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("[0-9]{3}-[0-9]{4}", "123-4567", True),
        ("[0-9]{3}-[0-9]{4}", " 123-4567", False),
        ("[0-9]{3}-[0-9]{4}", "123-4567\n", False),
        ("a|b", "a", True),
        ("a|b", "ab", False),
        ("^a$", "a", True),
        ("[ぁ-ん]+", "はなこ", True),
        ("[ぁ-ん]+", "ハナコ", False),
    ],
)
def test_the_whole_text_has_to_be_like_it(pattern: str, text: str, *, fits: bool) -> None:
    assert Pattern(pattern).matches(text) is fits


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(a)\1", "backreferences"),
        ("(?=a)a", "look-around"),
        ("a)|(b", "unopened group"),
        ("(", "unclosed group"),
        ("(?x)a#", "unclosed group"),
        ("[z-a]", "invalid character class"),
        ("*", "nothing|missing"),
        ("a{1000}{1000}", "size limit"),
        ("a" * (LONGEST + 1), "longer than"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(pattern: str, reason: str) -> None:
    with pytest.raises(BadPattern, match=reason):
        Pattern(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|aa)+b", "(a*)*b", "([a-z]+)*1"])
def test_no_pattern_makes_a_text_dangerous(pattern: str) -> None:
    assert not Pattern(pattern).matches("a" * 5000), "Python's own engine would never end"
