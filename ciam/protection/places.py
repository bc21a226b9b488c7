"""Where in the world an address is, and whether it hides who uses it; never asks the network.

The country of an address is that of its registry's assignment (`iptocc` carries the tables of the
five registries), or comes from a table of the operator's own. Networks that hide their users (VPN,
Tor, hosting) are a list of the operator's own. Both files are read when the server starts.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final, Self

from iptocc import country_code

from ciam.protection.address_ranges import AddressRanges, read_countries, read_networks

if TYPE_CHECKING:
    from ciam.settings import Settings

_REGIONS: Final = frozenset({"EU", "AP", "ZZ"})
"""Assignments that name no country."""


class Places:
    """What is known of addresses without asking anybody."""

    def __init__(
        self, countries: AddressRanges | None = None, anonymous: AddressRanges | None = None
    ) -> None:
        """Take the operator's table of countries and list of networks, where there are any."""
        self._countries = countries
        self._anonymous = anonymous or AddressRanges()

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Read the files that the settings name; raise Misconfigured for one that is wrong."""
        table, networks = settings.country_table, settings.anonymous_networks
        return cls(
            None if table is None else read_countries(table),
            None if networks is None else read_networks(networks),
        )

    def country_of(self, address: str) -> str | None:
        """Give the ISO 3166-1 code of the country an address is assigned to, None when unknown."""
        parsed = _parse(address)
        if parsed is None:
            return None
        own = self._countries
        found = country_code(str(parsed)) if own is None else own.find(parsed)
        return None if found in _REGIONS else found

    def is_anonymous(self, address: str) -> bool:
        """Tell whether an address lies in a network that hides who uses it."""
        parsed = _parse(address)
        return parsed is not None and self._anonymous.find(parsed) is not None


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed
