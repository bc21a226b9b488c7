"""New passwords: long enough, not guessed first, refused with a sentence that says what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciam.customers.password_rules import MAX_BYTES, check_password_rules, to_bytes
from ciam.errors import FormRefused
from ciam.policies import PasswordPolicy

PERSONAL = ("taro.yamada@example.jp", "山田", "Yamada Shop")


def _refusal(password: str) -> str | None:
    try:
        check_password_rules(password, PasswordPolicy(), personal=PERSONAL)
    except FormRefused as refused:
        return str(refused.errors["password"])
    return None


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "k3VqQ9-zzPw", "とりがなくあさのにわ", "my yamada is a long poem",
     "🐟🍣🍵🗻🌸🏯🎏🎐🎑🎍", "baseball 4829 1173 5521", "x" * 3 + "yz7Kq2m" * 30],
)  # fmt: skip
def test_a_good_password_is_taken(password: str) -> None:
    assert _refusal(password) is None


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "at least 10"),
        ("123456789", "at least 10"),
        ("ﷺﷺﷺ", "at least 10"),  # NFKC would make it long
        ("x7Kq2mzz" * 40, "at most 256"),
        ("x" * (1 << 20), "at most 256"),
        ("password123!", "first that are guessed"),
        ("Ｐａｓｓｗｏｒｄ１２３！", "first that are guessed"),
        ("sakura2023!!", "first that are guessed"),
        ("1234567890", "first that are guessed"),
        ("qwertyuiop@[", "first that are guessed"),
        ("いろはにほへとちりぬ", "first that are guessed"),
        ("abcabcabcabc", "first that are guessed"),
        ("aaaaaaaaaab", "first that are guessed"),
        ("zyxwvutsrqpo", "first that are guessed"),
        ("taro.yamada99", "your name"),
        ("TaroYamada1!", "your name"),
        ("taro.yamada@example.jp", "your name"),
        ("with\x00in the password", "letters, digits"),
        ("with\u0378in the password", "letters, digits"),  # unassigned in Unicode
        ("with\ud800in the password", "letters, digits"),
    ],
)
def test_a_bad_password_is_refused_with_the_reason(password: str, sentence: str) -> None:
    assert sentence in (_refusal(password) or "")


def test_the_refusal_names_the_field_and_never_the_password() -> None:
    with pytest.raises(FormRefused) as refused:
        check_password_rules("password123!", PasswordPolicy(), form_field="new")
    assert set(refused.value.errors) == {"new"}
    assert "password123!" not in str(refused.value) + repr(refused.value.errors)


def test_the_longest_password_of_any_policy_fits_into_what_is_hashed() -> None:
    longest = PasswordPolicy.model_fields["maximum_length"].metadata[1].le
    assert to_bytes("🐟" * longest) is not None
    assert to_bytes("x" * (MAX_BYTES + 1)) is None
    assert to_bytes("ﷺ" * 200) is None  # grows while it is normalised


@given(st.text(max_size=300), st.text(max_size=300))
def test_two_passwords_are_the_same_only_when_unicode_says_so(one: str, other: str) -> None:
    import unicodedata  # noqa: PLC0415 - the oracle stands apart from the code

    is_same = unicodedata.normalize("NFKC", one) == unicodedata.normalize("NFKC", other)
    assert (to_bytes(one) == to_bytes(other)) is is_same
