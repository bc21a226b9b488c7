"""A person with a browser between us and the fake providers; what every test here plays with."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import httpx
from joserfc.jwk import ECKey

from ciam.federation.connection import ConnectionConfig
from ciam.federation.exchange import Finished, Purpose, begin, callback_path, finish, receive
from ciam.federation.identity import ProvenIdentity
from ciam.identifiers import hash_secret
from ciam.outbound import Outbound
from ciam.settings import Settings
from ciam.storage import Database
from tests.parts.clock import FakeClock
from tests.parts.fake_providers import ALL, FakeClient, FakeProvider, FakeProviders

OURS: Final = "https://id.example.jp"
BROWSER: Final = hash_secret("browser-1")
OTHER_BROWSER: Final = hash_secret("browser-2")
APPLE_KEY: Final = ECKey.generate_key("P-256", private=True).as_pem(private=True).decode()
FURTHER: Final[dict[str, dict[str, Any]]] = {
    "line": {"scopes": ["openid", "profile", "email"]},
    "apple": {
        "client_secret": APPLE_KEY,
        "options": {"team_id": "TEAM123456", "key_id": "KEY1234567"},
    },
    "openid": {"issuer": "https://login.partner.example"},
    "daccount": {
        "issuer": "https://id.contract.example",
        "endpoints": {
            "authorization": "https://id.contract.example/auth",
            "token": "https://id.contract.example/token",
            "jwks": "https://id.contract.example/keys",
        },
    },
}
_FORM: Final = re.compile(r"name=(\w+) value='([^']*)'")


@dataclass
class World:
    """The server's side, the fakes, and the parameters with which a browser came back."""

    database: Database
    clock: FakeClock
    outbound: Outbound
    fakes: FakeProviders
    back: dict[str, str] = field(default_factory=dict)
    was_posted: bool = False

    async def configure(self, key: str, **changed: Any) -> None:  # noqa: ANN401 - config values
        """Switch a connection on, with something else than usual."""
        await self.switch_on({**usual(key), **changed})

    async def switch_on(self, *values: dict[str, Any]) -> None:
        """Switch connections on, all in one transaction."""
        async with self.database.write() as transaction:
            for value in values:
                config = ConnectionConfig.model_validate(value)
                await transaction.connections.put(
                    config.key, config.to_document(), secret=config.secret(), managed_by="test"
                )
            await transaction.config.raise_generation()

    async def leave(
        self,
        key: str,
        *,
        browser: bytes = BROWSER,
        purpose: Purpose = "sign_in",
        prompt_login: bool = False,
    ) -> str:
        """Begin, and give the address that the browser is sent to."""
        return await begin(
            self.database,
            self.outbound,
            key,
            redirect_uri=OURS + callback_path(key),
            browser_hash=browser,
            purpose=purpose,
            journey="journey-1",
            prompt_login=prompt_login,
        )

    async def visit(self, url: str) -> dict[str, str]:
        """Let the browser visit the provider; gives the parameters it comes back with."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.fakes)) as browser:
            answer = await browser.get(url)
        location = answer.headers.get("location")
        assert location or answer.headers["content-type"].startswith("text/html"), answer.text
        self.was_posted = location is None
        if location is None:
            self.back = dict(_FORM.findall(answer.text))
        else:
            self.back = dict(parse_qsl(urlsplit(location).query))
        return self.back

    async def come_back(
        self, key: str, parameters: dict[str, str], *, browser: bytes = BROWSER
    ) -> Finished:
        """Load the callback, by POST first where the provider answers so."""
        if self.was_posted:
            path = await receive(self.database, key, parameters)
            parameters = dict(parse_qsl(urlsplit(path).query))
        return await finish(self.database, self.outbound, key, parameters, browser_hash=browser)

    async def go(self, key: str, *, prompt_login: bool = False) -> Finished:
        """Go to the provider and come back."""
        back = await self.visit(await self.leave(key, prompt_login=prompt_login))
        return await self.come_back(key, back)

    async def identity(self, key: str) -> ProvenIdentity:
        """Go to the provider, come back, and be somebody."""
        identity = (await self.go(key)).identity
        assert identity is not None
        return identity

    async def events(self) -> list[tuple[str, str]]:
        """Give the kinds and causes that stand in the audit log."""
        async with self.database.read() as transaction:
            found = await transaction.audit_events.list_pending(1000)
        return [(one.kind, str(one.details.get("cause", ""))) for one in found]


def usual(key: str) -> dict[str, Any]:
    """Give the connection of a provider that is named as the provider is."""
    named = {"key": key, "provider": key, "client_id": f"client-of-{key}"}
    secret = f"secret-of-{key}-0123456789abcdef"
    return {**named, "client_secret": secret, **FURTHER.get(key, {})}


def make_fakes(clock: FakeClock, origin: str = OURS) -> FakeProviders:
    """Make every fake, with us registered at each."""
    made: list[FakeProvider] = []
    for key, kind in ALL.items():
        config = usual(key)
        client = FakeClient(
            config["client_id"], config["client_secret"], origin + callback_path(key)
        )
        made.append(kind(clock, client))
    return FakeProviders(made)


async def make_world(database: Database, clock: FakeClock, settings: Settings) -> World:
    """Switch every provider on, before its fake."""
    fakes = make_fakes(clock)
    world = World(database, clock, fakes.outbound(settings), fakes)
    await world.switch_on(*map(usual, ALL))
    return world
