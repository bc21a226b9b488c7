"""Patterns: what they match, what is refused, and that none of them takes long."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ciam.customers.patterns import BadPattern, Pattern

CATASTROPHES = [
    "(a+)+b",
    "(a|aa)+b",
    "(a|a?)+b",
    "(.*a){12}b",
    "a*a*a*a*a*a*b",
    "([a-z]+)*[0-9]",
    "(x+x+)+y",
    "(?:a{0,15}){0,15}b",
]


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("[0-9]{4}", "1234", True), ("[0-9]{4}", "12345", False), ("^[0-9]{4}$", "1234", True),
        ("[A-Z]{2}-?\\d{3,5}", "AB-123", True), ("[A-Z]{2}-?\\d{3,5}", "AB12", False),
        ("(?:ab|c)+d?", "abcab", True), ("[^x-z]*", "hello", True), ("[^x-z]*", "xyz", False),
        ("[ァ-ヶー]+", "ヤマダ", True), ("[ァ-ヶー]+", "やまだ", False), ("a.c", "a\nc", False),
        ("\\u3042\\x41", "あA", True), ("\\w+\\s\\S", "ab_1 é", True), ("\\d", "４", False),
        ("", "", True), ("a|", "", True), ("[a-]", "-", True), ("[\\]\\\\]+", "]\\", True),
        ("\\.\\$\\^", ".$^", True), ("(a(b(c)?)?)?", "ab", True), ("a{2,}", "a", False),
    ],
)  # fmt: skip
def test_the_whole_text_has_to_match(pattern: str, text: str, fits: bool) -> None:  # noqa: FBT001 - a column of the table
    assert Pattern(pattern).matches(text) is fits


@pytest.mark.parametrize(
    "pattern",
    [
        "(a", "a)", "a**", "a+?", "a{2,1}", "a{401}", "(?=a)", "(?<n>a)", "\\1", "\\b", "\\", "*",
        "[", "[]", "[^]", "[z-a]", "[\\d-z]", "\\u12", "\\x", "{", "a{,3}", "a^b", "a$b", "]", "}",
        "(" * 20 + ")" * 20, "a" * 201, "((((){400}){400}){400}){400}", "((a{100}){100}){9}",
    ],
)  # fmt: skip
def test_what_is_not_read_here_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern):
        Pattern(pattern)


@pytest.mark.parametrize("pattern", CATASTROPHES)
def test_no_pattern_is_a_catastrophe(pattern: str) -> None:
    """Python's own engine needs longer than anybody lives for most of these."""
    machine = Pattern(pattern)
    began = time.process_time()
    assert machine.matches("a" * 400) is False
    assert time.process_time() - began < 2


@settings(print_blob=True, max_examples=400, deadline=None)
@given(
    pattern=st.text("ab|()*+?.[]^-{}12,\\d$", max_size=9),
    texts=st.lists(st.text("ab12-,", max_size=5), min_size=1, max_size=5),
)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_it_agrees_with_python_where_both_read_it(pattern: str, texts: list[str]) -> None:
    try:
        ours = Pattern(pattern)
    except BadPattern:
        return
    if "[[" in pattern or re.search(r"\[[^\]]*(\[|--|\|\||&&|~~)", pattern):
        return  # Python means to read these in another way one day
    theirs = re.compile(pattern, re.ASCII)
    for text in texts:
        assert ours.matches(text) is (theirs.fullmatch(text) is not None)
