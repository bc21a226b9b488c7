"""Ranges of addresses with a text each, read from a file of the operator's and found by bisection.

Two forms of file, one range a line, `#` for remarks, columns beyond those that are named ignored:
`first,last,country` or `network,country` for countries, `network` or `address` for a plain list.
"""

from __future__ import annotations

import csv
import ipaddress
import sys
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, TypeVar

from ciam.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    Address = ipaddress.IPv4Address | ipaddress.IPv6Address
    Network = ipaddress.IPv4Network | ipaddress.IPv6Network
    Range = tuple[Address, Address, str]

_T = TypeVar("_T")
_COUNTRY_LENGTH: Final = 2
_LISTED: Final = "listed"


class AddressRanges:
    """Ranges of addresses that do not overlap."""

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        """Sort the ranges, IPv4 and IPv6 apart; raise ValueError where two overlap."""
        self._by_version: dict[int, tuple[list[int], list[int], list[str]]] = {
            4: ([], [], []),
            6: ([], [], []),
        }
        for first, last, text in sorted(ranges, key=lambda one: (one[0].version, int(one[0]))):
            starts, ends, texts = self._by_version[first.version]
            if ends and int(first) <= ends[-1]:
                msg = f"the range that begins at {first} overlaps another"
                raise ValueError(msg)
            starts.append(int(first))
            ends.append(int(last))
            texts.append(sys.intern(text))

    def find(self, address: Address) -> str | None:
        """Give the text of the range that an address lies in, None for none."""
        starts, ends, texts = self._by_version[address.version]
        place = bisect_right(starts, int(address)) - 1
        return texts[place] if place >= 0 and int(address) <= ends[place] else None


def read_countries(path: Path) -> AddressRanges:
    """Read a table of countries (ISO 3166-1); raise Misconfigured for one that is wrong."""
    ranges = list(_each(path, _read_country))
    try:
        return AddressRanges(ranges)
    except ValueError as error:
        cause = f"{path}: {error}"
        raise Misconfigured(cause) from error


def read_networks(path: Path) -> AddressRanges:
    """Read a list of networks, which may overlap; raise Misconfigured for one that is wrong."""
    networks = list(_each(path, lambda row: ipaddress.ip_network(row[0].split()[0], strict=False)))
    return AddressRanges(_joined(networks))


def _joined(networks: list[Network]) -> Iterator[Range]:
    """Give the ranges that networks cover, those inside others left out."""
    four = [one for one in networks if isinstance(one, ipaddress.IPv4Network)]
    six = [one for one in networks if isinstance(one, ipaddress.IPv6Network)]
    for old in ipaddress.collapse_addresses(four):
        yield old[0], old[-1], _LISTED
    for new in ipaddress.collapse_addresses(six):
        yield new[0], new[-1], _LISTED


def _read_country(row: list[str]) -> Range:
    if "/" in row[0]:
        network: Network = ipaddress.ip_network(row[0])
        first, last, country = network[0], network[-1], row[1]
    else:
        first, last, country = ipaddress.ip_address(row[0]), ipaddress.ip_address(row[1]), row[2]
    if first.version != last.version or int(first) > int(last):
        msg = "a range ends before it begins"
        raise ValueError(msg)
    if len(country) != _COUNTRY_LENGTH or not (country.isascii() and country.isalpha()):
        msg = "not a country of two letters"
        raise ValueError(msg)
    return first, last, country.upper()


def _each(path: Path, read: Callable[[list[str]], _T]) -> Iterator[_T]:
    try:
        with path.open(encoding="utf-8", newline="") as source:
            for number, row in enumerate(csv.reader(source), 1):
                cells = [cell.strip() for cell in row]
                if not cells or not cells[0] or cells[0].startswith("#"):
                    continue
                try:
                    yield read(cells)
                except (ValueError, IndexError) as error:
                    cause = f"{path}, line {number}: {error}"
                    raise Misconfigured(cause) from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        cause = f"{path} cannot be read: {error}"
        raise Misconfigured(cause) from error
