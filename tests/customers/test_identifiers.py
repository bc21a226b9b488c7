"""Identifiers: one address has one lookup form, and mail goes to the form that was kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciam.customers.identifiers import (
    mask_email,
    normalise_email,
    normalise_login,
    parse_email,
)
from ciam.customers.usernames import parse_username
from ciam.errors import FormRefused


@pytest.mark.parametrize(
    ("typed", "address", "lookup"),
    [
        ("Taro.Yamada@Example.JP", "Taro.Yamada@example.jp", "taro.yamada@example.jp"),
        ("\u3000ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏｍ ", "taro@example.com", "taro@example.com"),
        ("taro@例え.jp", "taro@例え.jp", "taro@xn--r8jz45g.jp"),
        ("taro@XN--R8JZ45G.jp", "taro@例え.jp", "taro@xn--r8jz45g.jp"),
        ("太郎@example.jp", "太郎@example.jp", "太郎@example.jp"),
        ("taro+shop@example.com", "taro+shop@example.com", "taro+shop@example.com"),
    ],
)
def test_an_address_is_kept_as_typed_and_looked_up_folded(
    typed: str, address: str, lookup: str
) -> None:
    read = parse_email(typed)
    assert (read.address, read.lookup) == (address, lookup)
    assert normalise_email(typed) == normalise_login(typed) == lookup


@pytest.mark.parametrize(
    "typed",
    ["", "taro", "@example.com", "taro@", "a@b", "a b@example.com", "a@example..com", "a@@b.com",
     '"a b"@example.com', "taro@[127.0.0.1]", "taro@localhost", "a\x00@example.com",
     "a\r\nBcc: x@example.com", "x" * 300 + "@example.com", "Taro <taro@example.com>"],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(FormRefused) as refused:
        parse_email(typed)
    assert set(refused.value.errors) == {"email"}


@pytest.mark.parametrize(
    "typed", ["taro..x@docomo.ne.jp", "taro.@ezweb.ne.jp", "a..-@d.vodafone.ne.jp"]
)
def test_an_old_carrier_address_is_only_imported_and_found_again(typed: str) -> None:
    with pytest.raises(FormRefused):
        parse_email(typed)
    assert parse_email(typed, old_carriers=True).address == typed
    assert normalise_login(typed.upper()) == typed
    local = typed.partition("@")[0]
    with pytest.raises(FormRefused):
        parse_email(f"{local}@example.jp", old_carriers=True)


@given(st.text(max_size=80))
def test_a_lookup_form_is_its_own_lookup_form(text: str) -> None:
    once = normalise_login(text)
    assert normalise_login(once) == once


@given(st.emails())
def test_case_and_width_never_make_another_name(address: str) -> None:
    try:
        lookup = normalise_email(address)
    except FormRefused:
        return
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in address)
    assert normalise_email(address.upper()) == normalise_email(wide) == lookup


def test_a_user_name_is_no_address() -> None:
    assert parse_username(" Taro_Yamada-1 ").address == "Taro_Yamada-1"
    assert parse_username("山田太郎").address == "山田太郎"
    for typed in ("a@b.c", "ab", "x" * 65, "-taro", "taro.", "ta ro", "taro\x00x", "＠taro"):
        with pytest.raises(FormRefused):
            parse_username(typed)


def test_a_masked_address_tells_its_owner_and_nobody_else() -> None:
    assert mask_email("taro@example.com") == "t•••@example.com"


def test_an_address_does_not_show_in_a_log() -> None:
    assert "taro" not in repr(parse_email("taro@example.com"))
