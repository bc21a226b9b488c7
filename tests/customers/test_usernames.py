"""User names: no address, no number, and one name for all that look the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciam.customers.identifiers import normalise_login
from ciam.customers.usernames import parse_username
from ciam.errors import FormRefused


@pytest.mark.parametrize(
    "typed",
    ["taro", "Taro_Yamada-1", "山田太郎", "やまだ.タロー", "josé", "straße", "1a2", "佐々木"],
)
def test_letters_of_two_worlds_and_three_signs_make_a_name(typed: str) -> None:
    name = parse_username(f"\u3000{typed} ")
    assert name.address == typed
    assert normalise_login(typed, "JP") == normalise_login(typed.upper(), "JP") == name.lookup


@pytest.mark.parametrize(
    "typed",
    [
        "a@b.c", "ab", "x" * 65, "-taro", "taro.", "ta ro", "taro\x00x", "＠taro", "taro\u200dx",
        "+819012345678", "09012345678", "090-1234-5678", "０９０１２３４５", "1.2.3",
        "一\u0660二",
        "t\u0430ro", "\u0440\u0430\u0443\u0440\u0430l", "\u03bfmega", "tar\u0251", "\u0131nfo",
    ],
)  # fmt: skip
def test_what_looks_like_another_kind_of_name_is_refused(typed: str) -> None:
    with pytest.raises(FormRefused) as refused:
        parse_username(typed)
    assert set(refused.value.errors) == {"username"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ロボット", "口ボット"),
        ("ヘイワ", "へイワ"),
        ("ＴＡＲＯ", "taro"),
        ("ﾔﾏﾀﾞ", "ヤマダ"),
        ("ニコル", "二コル"),
    ],
)
def test_names_that_look_the_same_are_the_same(one: str, other: str) -> None:
    assert parse_username(one).lookup == parse_username(other).lookup
    assert normalise_login(one) == normalise_login(other)


@given(st.text(max_size=70))
def test_a_name_is_found_by_what_was_typed_and_never_taken_for_a_number(text: str) -> None:
    try:
        name = parse_username(text)
    except FormRefused:
        return
    assert normalise_login(text, "JP") == name.lookup
    assert normalise_login(name.lookup, "JP") == name.lookup
    assert "@" not in name.lookup
    assert not name.lookup.startswith("+")
