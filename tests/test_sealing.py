"""Sealing: what is sealed opens only with its key, in its place, unchanged (NIST SP 800-38D)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciam.sealing import KeyRing, SealBroken, SealingKey, keyed_hash, new_key, place, seal, unseal

HERE = place("customer", "name", "1")


@given(st.binary(max_size=4096))
def test_what_is_sealed_opens_in_its_place(content: bytes) -> None:
    key = new_key()
    assert unseal(key, seal(key, content, HERE), HERE) == content


def test_a_value_moved_to_another_row_does_not_open() -> None:
    key = new_key()
    sealed = seal(key, b"secret", HERE)
    with pytest.raises(SealBroken):
        unseal(key, sealed, place("customer", "name", "2"))


@given(st.integers(min_value=0, max_value=200), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_does_not_open(position: int, flip: int) -> None:
    key = new_key()
    sealed = bytearray(seal(key, b"x" * 32, HERE))
    sealed[position % len(sealed)] ^= flip
    with pytest.raises(SealBroken):
        unseal(key, bytes(sealed), HERE)


@given(st.binary(max_size=64))
def test_rubbish_does_not_open(rubbish: bytes) -> None:
    with pytest.raises(SealBroken):
        unseal(KeyRing.of(new_key()), rubbish, HERE)


def test_a_ring_seals_with_the_newest_key_and_opens_with_any() -> None:
    old, new = new_key(1), new_key(2)
    ring = KeyRing.of(old, new)
    assert ring.newest is new
    assert unseal(ring, seal(old, b"before", HERE), HERE) == b"before"
    assert unseal(ring, seal(new, b"after", HERE), HERE) == b"after"


def test_the_same_plaintext_is_sealed_differently_each_time() -> None:
    key = new_key()
    assert seal(key, b"same", HERE) != seal(key, b"same", HERE)


def test_parts_of_a_keyed_hash_cannot_run_into_each_other() -> None:
    key = new_key()
    assert keyed_hash(key, "ab", "c") != keyed_hash(key, "a", "bc")
    assert keyed_hash(key, "ab", "c") == keyed_hash(key, "ab", "c")


def test_a_key_does_not_show_itself() -> None:
    key = SealingKey(1, b"k" * 32)
    assert "kkkk" not in repr(key)
    assert "kkkk" not in repr(KeyRing.of(key))


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SealingKey(1, b"short")
