"""A real part that is missing: a skip with its reason, or a failure where it is required."""

import os
from typing import NoReturn

import pytest


def missing(part: str, reason: str) -> NoReturn:
    """Skip the test, or fail it when CIAM_TEST_REQUIRE (`pg,redis,...`) names the part."""
    if part in os.environ.get("CIAM_TEST_REQUIRE", "").split(","):
        pytest.fail(f"CIAM_TEST_REQUIRE names {part}, but {reason}", pytrace=False)
    pytest.skip(reason)
