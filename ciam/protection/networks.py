"""Which network an address counts as: one IPv4 address, one IPv6 /64 (RFC 6177 §2).

A subscriber has at least a whole /64 and can take a new address in it for every request.
"""

import ipaddress
from typing import Final

_IPV6_PREFIX: Final = 64


def network_of(address: str) -> str:
    """Give the network that is counted for an address."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _IPV6_PREFIX), strict=False))
    return str(parsed)
