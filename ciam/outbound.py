"""The one way out: an HTTP client that never reaches an address it was not meant to (A-18).

A name is resolved first, every address is checked, and the connection is made to an address that
was checked, so a second answer of the name server changes nothing. https only, no redirects, 5
seconds, 64 KiB, no compressed bodies, no proxy of the environment. What is private is refused
unless CIAM_OUTBOUND_ALLOW names host and port. A refused address is never connected to, and every
failure has the same public sentence: an open, closed or filtered port cannot be told apart.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import httpx

from ciam import telemetry
from ciam.errors import CiamError
from ciam.settings import Settings
from ciam.texts import Text

SECONDS: Final = 5.0
CONNECT_SECONDS: Final = 2.0  # leaves time for a second address
MAX_BYTES: Final = 64 * 1024
_PORTS: Final = {"http": 80, "https": 443}
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")
_NOT_ROUTED: Final = tuple(
    ipaddress.ip_network(net)
    for net in ("192.0.0.0/24", "192.88.99.0/24", "2001:db8::/32", "3fff::/20")
)
"""Of the IANA special-purpose registries; what `ipaddress` says of them differs by its version."""

Resolve = Callable[[str, int], Awaitable[list[str]]]


class OutboundFailed(CiamError):
    """The request could not be made or answered; the cause is for the log alone."""

    text = Text("The address could not be reached.")


@dataclass(frozen=True)
class OutboundResponse:
    """What came back, complete and within the bounds."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class _Target:
    """Where a request goes: the URL, and the addresses that were checked.

    `is_ours`: the operator named it, so it may join our traces; strangers learn nothing of them.
    """

    url: httpx.URL
    host: str
    port: int
    addresses: list[str] = field(default_factory=list)
    is_ours: bool = False

    @property
    def host_header(self) -> str:
        """The Host of the URL; the port only where it is not the scheme's own (RFC 9110 §7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.url.scheme] else f"{host}:{self.port}"


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
        self._allowed = frozenset(
            entry.lower().replace("[", "").replace("]", "") for entry in settings.outbound_allow
        )
        self._resolve = resolve or _resolve
        self._transport = transport
        self._authorities = settings.outbound_ca
        if self._authorities is not None:
            _ = self._tls  # a file that cannot be read is found now

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        content: bytes | None = None,
        json: Any = None,  # noqa: ANN401 - whatever JSON can hold
    ) -> OutboundResponse:
        """Make one request; raise OutboundFailed for whatever keeps it from being answered."""
        try:
            with telemetry.span(method, "client", {"http.request.method": method}) as span:
                async with asyncio.timeout(SECONDS):
                    target = await self._check(url)
                    span.note({"server.address": target.host, "server.port": target.port})
                    request = httpx.Request(
                        method, target.url, headers=headers, data=data, json=json, content=content
                    )
                    response = await self._send(target, request)
                    span.note({"http.response.status_code": response.status})
                    return response
        except OutboundFailed:
            raise
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            OSError,  # TimeoutError and ssl.SSLError too
            ValueError,
        ) as error:
            cause = f"outgoing request: {type(error).__name__}"
            raise OutboundFailed(cause) from error

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Who is trusted: the system's authorities, and the operator's; read when first needed."""
        context = ssl.create_default_context()
        if self._authorities is not None:
            context.load_verify_locations(self._authorities)
        return context

    async def _check(self, url: str) -> _Target:
        """Give where to connect to; raise OutboundFailed for what may not be reached."""
        parsed = httpx.URL(url)
        if parsed.scheme not in _PORTS or not parsed.host or parsed.userinfo:
            cause = "not a plain http or https URL"
            raise OutboundFailed(cause)
        host = parsed.raw_host.decode("ascii").lower()
        port = parsed.port or _PORTS[parsed.scheme]
        is_allowed = f"{host}:{port}" in self._allowed
        if parsed.scheme != "https" and not is_allowed:
            cause = "http is not allowed"
            raise OutboundFailed(cause)
        addresses = await self._resolve(host, port)
        if not addresses or not (is_allowed or all(is_public(one) for one in addresses)):
            cause = "the address is not public"
            raise OutboundFailed(cause)
        return _Target(parsed, host, port, addresses, is_ours=is_allowed)

    async def _send(self, target: _Target, request: httpx.Request) -> OutboundResponse:
        """Try the checked addresses in turn; once one is connected to, its answer counts."""
        request.headers.update(
            {
                "Host": target.host_header,
                "Accept-Encoding": "identity",
                "User-Agent": "ciam",
            }
            | (telemetry.trace_headers() if target.is_ours else {})
        )
        request.extensions = {
            "sni_hostname": target.host,
            "timeout": httpx.Timeout(SECONDS, connect=CONNECT_SECONDS).as_dict(),
        }
        client = httpx.AsyncClient(
            transport=self._transport, verify=self._tls, follow_redirects=False, trust_env=False
        )
        try:
            for address in target.addresses:
                request.url = target.url.copy_with(host=address)
                try:
                    response = await client.send(request, stream=True)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    if address == target.addresses[-1]:
                        raise
                    continue
                return OutboundResponse(
                    response.status_code, dict(response.headers), await _read(response)
                )
        finally:
            if self._transport is None:  # an injected one serves the next request too
                await client.aclose()
        cause = "the name has no address"
        raise OutboundFailed(cause)


def is_public(address: str) -> bool:
    """Tell whether an address is one of the open internet, also when it is wrapped in IPv6."""
    try:
        parsed = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    if any(parsed in net for net in _NOT_ROUTED):
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved
    inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo or (None, None))[1]
    if parsed in _NAT64:
        inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
    if inner is not None:
        return is_public(str(inner))
    return parsed in _GLOBAL_UNICAST and parsed.is_global


async def _read(response: httpx.Response) -> bytes:
    try:
        if response.headers.get("content-encoding", "identity") != "identity":
            cause = "a compressed answer"
            raise OutboundFailed(cause)
        if response.is_stream_consumed:  # an injected transport gave it whole
            return response.content
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MAX_BYTES:
                cause = "the answer is too large"
                raise OutboundFailed(cause)
        return bytes(body)
    finally:
        await response.aclose()


async def _resolve(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
