"""Apps of ours with screens of their own: a script in a browser, and a native app without one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.applications import Starlette

from tests.flows.shop import register
from tests.oauth.authorization.apps import CHALLENGE, VERIFIER
from tests.parts.server import ROOT

ORIGIN: Final = "https://shop.example.com"
SCRIPT: Final = "shop-page"
NATIVE: Final = "shop-app"
OTHER: Final = "other-app"
CALLBACK: Final = f"{ORIGIN}/callback"
ASKED: Final = {
    "client_id": SCRIPT,
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid profile email",
    "state": "a state",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
DIRECT: Final = {
    "client_id": NATIVE,
    "response_type": "code",
    "scope": "openid profile email offline_access",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


async def register_apps(app: Starlette) -> None:
    """Register pages and native apps of ours, and of somebody else."""
    public: dict[str, Any] = {"token_endpoint_auth_method": "none"}
    ours = public | {"first_party": True, "own_interface": True}
    scheme = "com.example.shop:/callback"
    await register(app, SCRIPT, redirect_uris=[CALLBACK], **ours)
    await register(app, NATIVE, redirect_uris=[scheme], application_type="native", **ours)
    await register(app, OTHER, redirect_uris=[scheme], application_type="native", **ours)
    await register(app, "points-page", redirect_uris=["https://points.example.com/cb"], **ours)
    await register(app, "strange-app", redirect_uris=[scheme], application_type="native", **public)
    await register(app, "strange-page", redirect_uris=["https://strange.example.com/cb"], **public)


def snippet(name: str) -> str:
    """Give a program of docs/own-interface.md."""
    page = (ROOT / "docs" / "own-interface.md").read_text()
    found = re.search(rf"<!-- run: {name} -->\n```\w+\n(.*?)```\n", page, re.DOTALL)
    assert found, f"no snippet {name!r} in docs/own-interface.md"
    return found.group(1)


def problem_of(answer: httpx.Response) -> dict[str, Any]:
    """Give the problem document of a refusal; fail for anything else."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    found: dict[str, Any] = answer.json()
    assert found["status"] == answer.status_code
    return found


def steady(journey: dict[str, Any]) -> dict[str, Any]:
    """Give a journey without what every look makes anew: the challenge of a passkey."""
    asked = journey["passkey"]
    if asked is None:
        return journey
    options = dict(asked["options"])
    assert len(options.pop("challenge")) > len(ORIGIN)
    if asked["ceremony"] == "create":  # a handle that is made from it
        options["user"] = {**options["user"], "id": ""}
    return {**journey, "passkey": {**asked, "options": options}}


def faults_of(answer: httpx.Response) -> dict[str, str]:
    """Give what is said of each value of a refusal."""
    return {one["pointer"]: one["detail"] for one in problem_of(answer)["errors"]}


@dataclass
class Script:
    """A script in a browser of its own: it keeps cookies, and sends its Origin."""

    app: Starlette
    origin: str | None = ORIGIN
    site: str | None = "same-site"
    language: str = "en"
    http: httpx.AsyncClient = field(init=False)

    async def __aenter__(self) -> Self:
        """Open the browser."""
        transport = httpx.ASGITransport(self.app)
        issuer = self.app.state.parts.settings.issuer
        self.http = httpx.AsyncClient(transport=transport, base_url=issuer)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self.http.aclose()

    async def send(self, method: str, path: str, json: Any = None) -> httpx.Response:  # noqa: ANN401 - what JSON can hold
        """Send a request as `fetch` does with `credentials: "include"`."""
        headers = {"Accept-Language": self.language}
        if self.origin is not None:
            headers["Origin"] = self.origin
        if self.site is not None:
            headers["Sec-Fetch-Site"] = self.site
        return await self.http.request(
            method, f"/api/v1/journeys{path}", json=json, headers=headers
        )

    async def begin(self, kind: str | None = None, **changes: str) -> dict[str, Any]:
        """Begin for the app's authorization request."""
        body: dict[str, Any] = {"authorization": ASKED | changes}
        answer = await self.send("POST", "", body if kind is None else body | {"kind": kind})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def submit(
        self, journey: dict[str, Any], action: str | None = None, **fields: str
    ) -> httpx.Response:
        """Answer a step, by its own action or another."""
        chosen = action or journey["submit"]["action"]
        return await self.send("POST", f"/{journey['id']}", {"action": chosen, "fields": fields})

    async def go_on(self, address: str) -> dict[str, str]:
        """Open an address as a navigation; give what comes back to the app."""
        answer = await self.http.get(address)
        assert answer.status_code == 303, answer.text
        where = answer.headers["location"]
        assert where.startswith(f"{CALLBACK}?"), where
        return {name: values[0] for name, values in parse_qs(urlsplit(where).query).items()}


@dataclass
class NativeApp:
    """A native app: no cookies; it keeps the auth_session of the newest answer."""

    app: Starlette
    client_id: str = NATIVE
    language: str = "en"
    auth_session: str | None = None
    http: httpx.AsyncClient = field(init=False)

    async def __aenter__(self) -> Self:
        """Start it."""
        transport = httpx.ASGITransport(self.app)
        issuer = self.app.state.parts.settings.issuer
        self.http = httpx.AsyncClient(transport=transport, base_url=issuer)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        await self.http.aclose()

    async def challenge(self, **changes: str | None) -> httpx.Response:
        """Ask for a code; None leaves a parameter out."""
        wanted: dict[str, str | None] = {**DIRECT, "client_id": self.client_id}
        wanted |= {"auth_session": self.auth_session, **changes}
        sent = {name: value for name, value in wanted.items() if value is not None}
        answer = await self.http.post(
            "/authorize-challenge", data=sent, headers={"Accept-Language": self.language}
        )
        return self._noted(answer)

    async def begin(self, **changes: str | None) -> dict[str, Any]:
        """Ask for a code, and give the journey that is needed for it."""
        answer = await self.challenge(**changes)
        assert answer.status_code == 403, answer.text
        content = answer.json()
        assert content["error"] == "insufficient_authorization"
        found: dict[str, Any] = content["journey"]
        return found

    async def go_over(self, journey: dict[str, Any], kind: str) -> dict[str, Any]:
        """Begin another kind of journey with the same end."""
        answer = await self.send("POST", "", {"kind": kind, "from": journey["id"]})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def submit(
        self, journey: dict[str, Any], action: str | None = None, **fields: str
    ) -> httpx.Response:
        """Answer a step."""
        chosen = action or journey["submit"]["action"]
        return await self.send("POST", f"/{journey['id']}", {"action": chosen, "fields": fields})

    async def send(self, method: str, path: str, json: Any = None) -> httpx.Response:  # noqa: ANN401 - what JSON can hold
        """Send a request to the journeys."""
        headers = {"Accept-Language": self.language}
        if self.auth_session is not None:
            headers["Auth-Session"] = self.auth_session
        answer = await self.http.request(
            method, f"/api/v1/journeys{path}", json=json, headers=headers
        )
        return self._noted(answer)

    async def finish(self, **changes: str | None) -> dict[str, Any]:
        """Ask for the code, and redeem it."""
        answer = await self.challenge(**changes)
        assert answer.status_code == 200, answer.text
        return await self.redeem(answer.json()["authorization_code"])

    async def redeem(self, code: str) -> dict[str, Any]:
        """Give the tokens of a code."""
        answer = await self.http.post("/token", data=self.redemption(code))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def redemption(self, code: str) -> dict[str, str]:
        """Give the parameters that redeem a code: no redirect URI was named (draft §6)."""
        return {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "code": code,
            "code_verifier": VERIFIER,
        }

    def _noted(self, answer: httpx.Response) -> httpx.Response:
        assert "set-cookie" not in answer.headers, "an app has no cookies"
        content = answer.json()
        for found in (content, content.get("journey") or {}):
            self.auth_session = found.get("auth_session") or self.auth_session
        return answer
