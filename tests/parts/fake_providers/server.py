"""One server for all fakes, in this process: told apart by host, or by the path in a sandbox."""

from __future__ import annotations

from collections.abc import Iterable

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from ciam.outbound import Outbound
from ciam.settings import Settings
from tests.parts.fake_providers.protocol import FakeProvider, Outage, Wrong


class FakeProviders:
    """An ASGI application that is every fake at once.

    Under its real host, as `https://api.line.me/oauth2/v2.1/token`, by `outbound()` or with
    `PlainBrowser(apps=fakes.apps())`; and below a sandbox, as
    `http://localhost:1234/api.line.me/oauth2/v2.1/token`.
    """

    def __init__(self, fakes: Iterable[FakeProvider]) -> None:
        self.by_key = {fake.key: fake for fake in fakes}
        self.outage = Outage()
        self.asked: list[str] = []

    def __getitem__(self, key: str) -> FakeProvider:
        return self.by_key[key]

    def apps(self) -> dict[str, FakeProviders]:
        """Give the origins that browsers are sent to."""
        hosts = {fake.authorization.split("/")[0] for fake in self.by_key.values()}
        return {f"https://{host}": self for host in hosts}

    def outbound(self, settings: Settings) -> Outbound:
        """Give a guarded client for which the open internet is these fakes."""

        async def resolve(host: str, _port: int) -> list[str]:
            if host in self.outage.silent:
                raise OSError("no such host")
            return ["8.8.8.8"]

        return Outbound(settings, resolve=resolve, transport=httpx.ASGITransport(self))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        host = request.headers["host"]
        path = request.url.path
        place = path.removeprefix("/") if host.startswith("localhost") else f"{host}{path}"
        self.asked.append(place)
        if place.split("/")[0] in self.outage.failing:
            return PlainTextResponse("an error of ours", 503)
        for fake in self.by_key.values():
            endpoint = fake.routes().get(place)
            if endpoint is not None:
                try:
                    answer: Response = await endpoint(request)
                except Wrong as wrong:
                    return PlainTextResponse(f"wrong: {wrong}", 400)
                return answer
        return PlainTextResponse(f"nothing is at {place}", 404)
