"""Fires HTTP requests, each client over a warm connection of its own."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Shot:
    """One request; `path` may be a whole URL, to aim at another node."""

    method: str
    path: str
    data: dict[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 with the error's name when the connection failed."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object."""
        found: dict[str, Any] = httpx.Response(200, text=self.body).json()
        return found


class HttpGun:
    """Options: `urls`, the nodes that relative paths are aimed at in turn; `warm`, asked first."""

    async def open(self, options: dict[str, Any]) -> None:
        """Remember the target."""
        self._options = options
        self._clients: dict[int, httpx.AsyncClient] = {}
        self._lock = asyncio.Lock()

    async def fire(self, client: int, payload: Shot) -> Answer:
        """Send one request."""
        try:
            sender = self._clients.get(client) or await self._connect(client)
            response = await sender.request(
                payload.method, payload.path, data=payload.data, headers=payload.headers
            )
        except httpx.HTTPError as error:
            return Answer(0, f"{type(error).__name__}: {error}")
        return Answer(response.status_code, response.text, dict(response.headers))

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            await client.aclose()

    async def _connect(self, client: int) -> httpx.AsyncClient:
        urls = self._options["urls"]
        base = urls[client // 2 % len(urls)]  # by twos: each of two processes aims at every node
        made = httpx.AsyncClient(base_url=base, timeout=30, trust_env=False)
        self._clients[client] = made
        await made.get(self._options.get("warm", "/livez"))
        return made
