"""Who was just in one country cannot be in a far one; neighbours and the unknown are never far."""

from datetime import timedelta

import pytest
from babel import Locale

from ciam.protection.travel import could_travel, distance

_NO_COUNTRIES = frozenset({"AC", "BV", "CP", "CQ", "DG", "EA", "EU", "EZ", "HM", "IC", "QO", "TA"})
_PLACEHOLDERS = frozenset({"UN", "XA", "XB", "ZZ"})


@pytest.mark.parametrize(
    ("origin", "destination", "hours", "possible"),
    [
        ("JP", "BR", 1, False),
        ("JP", "BR", 24, True),
        ("JP", "FR", 2, False),
        ("JP", "FR", 14, True),
        ("US", "CA", 0, True),
        ("FR", "DE", 0, True),
        ("JP", "KR", 1, True),
        ("JP", "JP", 0, True),
        ("JP", "ZZ", 0, True),
        ("JP", "BR", -1, False),
    ],
)
def test_how_long_a_journey_takes_at_least(
    origin: str, destination: str, hours: int, *, possible: bool
) -> None:
    assert could_travel(origin, destination, timedelta(hours=hours)) is possible
    assert could_travel(destination, origin, timedelta(hours=hours)) is possible


def test_every_country_has_its_place() -> None:
    named = [str(code) for code in Locale("en").territories]
    codes = {code for code in named if len(code) == 2 and code.isalpha()}
    placed = {code for code in codes if distance(code, "JP") or distance(code, "FR")}
    assert codes - placed - _NO_COUNTRIES - _PLACEHOLDERS == set()
