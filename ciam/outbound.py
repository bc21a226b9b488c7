"""The one way out: an HTTP client that never reaches an address it was not meant to (A-18).

A name is resolved first, every address is checked, and the connection is made to the address that
was checked, so a second answer of the name server changes nothing. https only, no redirects, 5
seconds, 64 KiB, no compressed bodies. What is private is refused unless CIAM_OUTBOUND_ALLOW names
host and port. Every failure has the same public sentence: an open, closed or filtered port cannot
be told apart.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from ciam.errors import CiamError
from ciam.settings import Settings

SECONDS: Final = 5.0
MAX_BYTES: Final = 64 * 1024

Resolve = Callable[[str, int], Awaitable[list[str]]]


class OutboundFailed(CiamError):
    """The request could not be made or answered; the cause is for the log alone."""


@dataclass(frozen=True)
class OutboundResponse:
    """What came back, complete and within the bounds."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outbound:
    """Makes guarded requests; one for the process."""

    def __init__(
        self,
        settings: Settings,
        *,
        resolve: Resolve | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Take the allow list and further authorities; tests inject resolver and transport."""
        self._allowed = frozenset(entry.lower() for entry in settings.outbound_allow)
        self._resolve = resolve or _resolve
        self._transport = transport
        self._tls = ssl.create_default_context()
        if settings.outbound_ca is not None:
            self._tls.load_verify_locations(settings.outbound_ca)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        json: Any = None,  # noqa: ANN401 - whatever JSON can hold
    ) -> OutboundResponse:
        """Make one request; raise OutboundFailed for whatever keeps it from being answered."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._request(method, url, dict(headers or {}), data, json)
        except OutboundFailed:
            raise
        except (httpx.HTTPError, OSError, TimeoutError, ValueError, UnicodeError) as error:
            raise OutboundFailed(f"outgoing request: {type(error).__name__}") from error

    async def _request(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        data: Mapping[str, str] | None,
        json: Any,  # noqa: ANN401 - whatever JSON can hold
    ) -> OutboundResponse:
        target = httpx.URL(url)
        address = await self._check(target)
        host = target.host if ":" not in target.host else f"[{target.host}]"
        default = {"http": 80, "https": 443}[target.scheme]
        port = target.port or default
        headers |= {
            "Host": host if port == default else f"{host}:{port}",
            "Accept-Encoding": "identity",
            "User-Agent": "ciam",
        }
        async with (
            httpx.AsyncClient(
                transport=self._transport,
                verify=self._tls,
                follow_redirects=False,
                timeout=SECONDS,
                trust_env=False,
            ) as client,
            client.stream(
                method,
                target.copy_with(host=address),
                headers=headers,
                data=data,
                json=json,
                extensions={"sni_hostname": target.host},
            ) as response,
        ):
            return OutboundResponse(
                response.status_code, dict(response.headers), await _read(response)
            )

    async def _check(self, target: httpx.URL) -> str:
        """Give the address to connect to, or raise OutboundFailed."""
        if target.scheme not in {"http", "https"} or not target.host or target.userinfo:
            raise OutboundFailed("not a plain http or https URL")
        port = target.port or {"http": 80, "https": 443}[target.scheme]
        is_allowed = f"{target.host}:{port}".lower() in self._allowed
        if target.scheme != "https" and not is_allowed:
            raise OutboundFailed("http is not allowed")
        addresses = await self._resolve(target.host, port)
        if not addresses:
            raise OutboundFailed("the name has no address")
        if not is_allowed and not all(is_public(address) for address in addresses):
            raise OutboundFailed("the address is not public")
        return addresses[0]


def is_public(address: str) -> bool:
    """Tell whether an address is one of the open internet, also when it is wrapped in IPv6."""
    try:
        parsed = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo or (None, None))[1]
        if inner is not None:
            return is_public(str(inner))
        if parsed in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
    return parsed.is_global and not parsed.is_multicast


_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


async def _read(response: httpx.Response) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise OutboundFailed("a compressed answer")
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise OutboundFailed("the answer is too large")
    return body


async def _resolve(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]
