"""An owner at the admin API, in an installation with an app, purposes and notices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

import httpx

from ciam.consent.notices import NoticeDocument, put_notice
from ciam.consent.purposes import PurposeDocument, put_purpose
from ciam.oauth.registration import ClientMetadata
from tests.factories.console_world import PASSWORD, ConsoleWorld


@dataclass
class AdminDesk:
    """A client of the API with the token of an operator."""

    world: ConsoleWorld
    http: httpx.AsyncClient
    token: str = ""
    other_operator: str = ""

    @classmethod
    async def open(
        cls,
        world: ConsoleWorld,
        http: httpx.AsyncClient,
        *,
        purposes: Sequence[dict[str, Any]] = (),
        notices: Sequence[dict[str, Any]] = (),
    ) -> Self:
        """Make operators of each role and what is configured, and sign the owner in."""
        async with world.database.write() as transaction:
            for purpose in purposes:
                await put_purpose(transaction, PurposeDocument.model_validate(purpose))
            for notice in notices:
                await put_notice(transaction, NoticeDocument.model_validate(notice))
            shop = ClientMetadata.model_validate(
                {"client_name": "Shop", "redirect_uris": ["https://shop.example.com/cb"]}
            )
            await transaction.clients.put(
                "shop", shop.to_document(), secret_hash=b"x", brand=None, managed_by="console"
            )
            await transaction.config.raise_generation()
        for role in ("owner", "support", "viewer"):
            await world.add_operator(role)
        desk = cls(world, http)
        async with world.database.read() as transaction:
            found = await transaction.operators.find_by_email("viewer@example.jp")
        assert found is not None
        desk.other_operator = str(found.id)
        await desk.sign_in()
        return desk

    async def sign_in(self, role: str = "owner") -> None:
        """Begin a session, as the operator of a role."""
        email = f"{role}@example.jp"
        begun = await self._begin(email)
        if begun.status_code == 429:  # somebody guessed at this operator's password
            self.world.clock.advance(timedelta(minutes=20))
            begun = await self._begin(email)
        assert begun.status_code == 201, begun.text
        self.token = begun.json()["token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    async def _begin(self, email: str) -> httpx.Response:
        sent = {"email": email, "password": PASSWORD, "code": self.world.code(email)}
        return await self.http.post("/session", json=sent)
