"""Identifiers and secrets: random where needed, ordered where useful, stored hashed."""

import re

import pytest

from ciam.identifiers import (
    hash_secret,
    is_same,
    new_customer_id,
    new_digits,
    new_id,
    new_opaque,
    new_secret,
)


def test_a_customer_id_is_random_and_readable() -> None:
    made = {new_customer_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"cus_[0-9a-hjkmnp-tv-z]{24}", customer_id) for customer_id in made)


def test_internal_ids_lie_in_the_order_of_time() -> None:
    made = [new_id() for _ in range(1000)]
    assert made == sorted(made)
    assert {one.version for one in made} == {7}


def test_a_secret_names_its_kind_and_is_stored_hashed() -> None:
    secret = new_secret("rt")
    assert re.fullmatch(r"ciam_rt_[\w-]{43}", secret)
    assert len(hash_secret(secret)) == 32
    assert hash_secret(secret) != hash_secret(new_secret("rt"))


def test_an_unknown_kind_of_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        new_secret("zz")


def test_codes_are_six_digits_and_keep_leading_zeros() -> None:
    codes = [new_digits() for _ in range(2000)]
    assert all(re.fullmatch(r"[0-9]{6}", code) for code in codes)
    assert any(code.startswith("0") for code in codes)


def test_opaque_values_differ() -> None:
    assert len({new_opaque() for _ in range(1000)}) == 1000


def test_comparison_works_on_text_and_bytes() -> None:
    assert is_same("a", b"a")
    assert not is_same("a", "b")
    assert not is_same("é", "e")
