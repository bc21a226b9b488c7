"""How far apart two countries are, so that nobody is thought to have flown faster than aircraft do.

Each country is a circle: a point in its middle and how far it reaches. Only what lies between the
two circles counts, so neighbours are never far apart, and large countries are near to many.
"""

import math
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Final

FASTEST: Final = 1000.0
"""Kilometres an hour, from one end of a flight to the other."""

_EARTH_RADIUS: Final = 6371.0
_HOUR: Final = timedelta(hours=1)


def could_travel(origin: str, destination: str, elapsed: timedelta) -> bool:
    """Tell whether somebody could get from one country (ISO 3166-1) to another in that time.

    Countries that are not known are next door to all others.
    """
    return distance(origin, destination) <= FASTEST * (max(elapsed, timedelta()) / _HOUR)


def distance(origin: str, destination: str) -> float:
    """Give the least distance between two countries in kilometres, roughly; 0 when unknown."""
    first, second = _places().get(origin), _places().get(destination)
    if first is None or second is None or origin == destination:
        return 0.0
    return max(0.0, _arc(first, second) - first[2] - second[2])


def _arc(first: tuple[float, float, float], second: tuple[float, float, float]) -> float:
    """Give the length of the great circle between two middles (haversine)."""
    latitude, other = math.radians(first[0]), math.radians(second[0])
    height = math.sin((other - latitude) / 2) ** 2
    width = math.sin(math.radians(second[1] - first[1]) / 2) ** 2
    square = height + math.cos(latitude) * math.cos(other) * width
    return 2 * _EARTH_RADIUS * math.asin(min(1.0, math.sqrt(square)))


@cache
def _places() -> dict[str, tuple[float, float, float]]:
    listed = files("ciam.protection").joinpath("country_places.csv").read_text("utf-8")
    rows = (line.split(",") for line in listed.splitlines() if not line.startswith("#"))
    return {
        country: (float(latitude), float(longitude), float(radius))
        for country, latitude, longitude, radius in rows
    }
