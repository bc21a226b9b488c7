"""Stored passwords: Argon2id under a pepper that rotates, in a pool that refuses in time."""

import asyncio
import dataclasses
import threading
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ciam.customers import passwords
from ciam.customers.password_rules import MAX_BYTES
from ciam.customers.passwords import PasswordHasher
from ciam.customers.peppers import is_newest, rewrap, unwrap
from ciam.errors import Unavailable
from ciam.policies import PasswordPolicy
from ciam.sealing import KeyRing, SealBroken, ServerKeys, new_key
from tests.parts import light_hashes

SECRET = "correct horse battery"


def _keys(*pepper_versions: int) -> ServerKeys:
    ring = KeyRing.of(new_key())
    peppers = KeyRing.of(*(new_key(version) for version in pepper_versions or (1,)))
    return ServerKeys(ring, ring, ring, peppers, ring, ring)


@pytest.fixture(autouse=True)
def _real_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    light_hashes.take_back(monkeypatch)


@pytest.fixture
async def hasher() -> AsyncIterator[PasswordHasher]:
    """Give a hasher with the default policy."""
    made = PasswordHasher(2)
    yield made
    made.close()


async def test_a_stored_password_matches_itself_only(hasher: PasswordHasher) -> None:
    keys = _keys()
    stored = await hasher.hash(SECRET, keys)
    assert await hasher.verify(stored, SECRET, keys) == passwords.Verdict(True, False)
    for other in (SECRET + " ", SECRET[:-1], SECRET.upper(), "", SECRET + "\x00", "x" * (1 << 20)):
        assert not (await hasher.verify(stored, other, keys)).matches


async def test_what_is_stored_is_argon2id_of_the_policy_under_a_pepper(
    hasher: PasswordHasher,
) -> None:
    keys = _keys()
    stored = await hasher.hash(SECRET, keys)
    assert "argon2" not in stored
    assert unwrap(stored, keys.pepper).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert stored != await hasher.hash(SECRET, keys)


async def test_without_the_pepper_nothing_can_be_compared(hasher: PasswordHasher) -> None:
    stored = await hasher.hash(SECRET, _keys())
    with pytest.raises(SealBroken):
        await hasher.verify(stored, SECRET, _keys())
    with pytest.raises(SealBroken):
        await hasher.verify("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA", SECRET, _keys())


async def test_the_pepper_rotates_without_the_password(hasher: PasswordHasher) -> None:
    old = _keys(1)
    stored = await hasher.hash(SECRET, old)
    both = dataclasses.replace(old, pepper=KeyRing.of(*old.pepper.keys.values(), new_key(2)))
    assert await hasher.verify(stored, SECRET, both) == passwords.Verdict(True, True)
    moved = rewrap(stored, both.pepper)
    assert moved is not None
    assert is_newest(moved, both.pepper)
    assert rewrap(moved, both.pepper) is None
    only_new = dataclasses.replace(old, pepper=KeyRing.of(both.pepper.newest))
    assert await hasher.verify(moved, SECRET, only_new) == passwords.Verdict(True, False)


async def test_a_stronger_policy_asks_for_a_new_hash_but_only_of_the_right_password() -> None:
    current = PasswordPolicy()

    async def policy() -> PasswordPolicy:
        return current

    hasher, keys = PasswordHasher(1, policy), _keys()
    stored = await hasher.hash(SECRET, keys)
    current = PasswordPolicy(argon2_iterations=3)
    assert await hasher.verify(stored, SECRET, keys) == passwords.Verdict(True, True)
    assert await hasher.verify(stored, "wrong", keys) == passwords.Verdict(False, False)
    again = await hasher.hash(SECRET, keys)
    assert "t=3" in unwrap(again, keys.pepper)
    hasher.close()


async def test_a_password_above_the_bound_is_never_hashed(hasher: PasswordHasher) -> None:
    with pytest.raises(ValueError, match="longer"):
        await hasher.hash("x" * (MAX_BYTES + 1), _keys())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    length=st.integers(1, MAX_BYTES),
    place=st.floats(0, 1, exclude_max=True),
    sign=st.sampled_from("a\x00é漢🐟"),
)
def test_every_byte_counts_at_every_length(length: int, place: float, sign: str) -> None:
    password = (sign * length).encode()[:length].decode(errors="ignore") or "a"
    index = int(place * len(password))
    changed = password[:index] + "b" + password[index + 1 :]
    shorter, longer = password[:-1], password + "\x00"

    async def check() -> list[bool]:
        hasher, keys = PasswordHasher(1), _keys()
        stored = await hasher.hash(password, keys)
        given = (password, changed, shorter, longer)
        verdicts = [(await hasher.verify(stored, text, keys)).matches for text in given]
        hasher.close()
        return verdicts

    assert asyncio.run(check()) == [True, False, False, False]


async def test_both_ways_of_typing_a_kana_are_one_password(hasher: PasswordHasher) -> None:
    keys = _keys()
    stored = await hasher.hash("がぎぐげご 2026 ab", keys)
    assert (
        await hasher.verify(stored, "か\u3099き\u3099く\u3099け\u3099こ\u3099 2026 ab", keys)
    ).matches


async def test_no_more_threads_hash_than_the_pool_has() -> None:
    hasher = PasswordHasher(2)
    running, most, guard = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal running, most
        with guard:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.01)
        with guard:
            running -= 1

    await asyncio.gather(*(hasher._run(work) for _ in range(30)))  # noqa: SLF001 - the pool itself
    assert most == 2
    hasher.close()


async def test_a_full_queue_and_a_late_start_are_answered_with_503() -> None:
    hasher = PasswordHasher(1, deadline=timedelta(milliseconds=50))
    blocked = threading.Event()
    first = asyncio.create_task(hasher._run(blocked.wait))  # noqa: SLF001 - the pool itself
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(hasher.waste()) for _ in range(64)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="too many"):
        await hasher.waste()
    refused = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(answer, Unavailable) for answer in refused)
    blocked.set()
    assert await first
    await hasher.waste()  # the place is free again
    hasher.close()
    with pytest.raises(Unavailable):
        await hasher.waste()


async def test_a_caller_who_leaves_keeps_the_place_until_the_thread_is_done() -> None:
    hasher = PasswordHasher(1, deadline=timedelta(milliseconds=50))
    blocked = threading.Event()
    gone = asyncio.create_task(hasher._run(blocked.wait))  # noqa: SLF001 - the pool itself
    await asyncio.sleep(0.01)
    gone.cancel()
    try:
        with pytest.raises(Unavailable):
            await asyncio.wait_for(hasher.waste(), timeout=30)
    finally:
        blocked.set()
    async with asyncio.timeout(30):
        while not await _has_place(hasher):  # a busy machine may need longer than the deadline
            pass
    hasher.close()


async def _has_place(hasher: PasswordHasher) -> bool:
    try:
        await hasher.waste()
    except Unavailable:
        return False
    return True
