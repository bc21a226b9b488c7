"""The codes of RFC 6238: its own examples, the window, and no code twice."""

from base64 import b32encode
from datetime import UTC, datetime, timedelta

import pytest

from ciam.customers.totp import enrolment_uri, find_step, new_seed, step_at

SEED = b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
    ],
)
def test_the_examples_of_the_standard(seconds: int, code: str) -> None:
    # RFC 6238 appendix B, SHA-1, the last six of its eight digits.
    assert find_step(SEED, code, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


def test_one_step_either_side_counts_and_no_more() -> None:
    there = datetime.fromtimestamp(1111111111, UTC)
    seen = {
        steps: find_step(SEED, "050471", there + timedelta(seconds=30 * steps)) is not None
        for steps in (-2, -1, 0, 1, 2)
    }
    assert seen == {-2: False, -1: True, 0: True, 1: True, 2: False}


def test_a_step_that_was_used_no_longer_counts() -> None:
    now = datetime.fromtimestamp(59, UTC)
    assert find_step(SEED, "287082", now, after=step_at(now)) is None
    assert find_step(SEED, "287082", now, after=step_at(now) - 1) == step_at(now)


@pytest.mark.parametrize("typed", ["287 082", "287-082", " 287082 "])
def test_a_code_may_be_typed_in_groups(typed: str) -> None:
    assert find_step(SEED, typed, datetime.fromtimestamp(59, UTC)) == 1


@pytest.mark.parametrize("typed", ["", "28708", "2870820", "２８７０８２", "abcdef", "+87082"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    assert find_step(SEED, typed, datetime.fromtimestamp(59, UTC)) is None


def test_seeds_differ_and_the_app_is_told_the_issuer() -> None:
    assert new_seed() != new_seed()
    uri = enrolment_uri(SEED, account="jiro@example.jp", issuer="Tsumugi")
    assert uri.startswith("otpauth://totp/Tsumugi:jiro%40example.jp?secret=")
    assert "issuer=Tsumugi" in uri
