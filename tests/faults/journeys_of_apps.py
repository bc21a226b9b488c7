"""Journeys of apps: consent, a code, refreshing, giving a token back, a write of the API."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from ciam.consent.client_grants import give_grant
from ciam.identifiers import new_opaque
from ciam.oauth.tokens.access_token import audience_of, issue_access_token
from ciam.oauth.tokens.refresh_token import issue_first
from tests.factories.token_world import SCOPES, VERIFIER, TokenWorld, redirect_uri_of
from tests.faults.place import API, OURS, THEIRS, Act, Place, new_email
from tests.flows.shop import link
from tests.oauth.authorization.apps import CALLBACK


async def consent(place: Place) -> Act:
    """Allow an app of somebody else."""
    email, browser = new_email(), place.browser()
    customer = await place.customer(email)
    await place.session(customer, browser)
    ways = {"client_id": THEIRS, "scope": "openid email", "redirect_uri": CALLBACK}
    target = link(_as_app(place), ways)

    async def act() -> None:
        page = await browser.open(target)
        page = await page.submit("Allow")
        answer = parse_qs(urlsplit(page.url).query)
        assert "code" in answer, page.text
        async with place.database.read() as transaction:
            assert len(await transaction.client_grants.list_for(customer.id)) == 1

    return act


async def code(place: Place) -> Act:
    """Redeem a code; a second valid use is refused, by rule (C-01), and then one begins anew."""
    world = await place.tokens(new_email())
    given = await world.code(OURS, audience=await _audience(place, world, OURS))
    again = await world.code(OURS, audience=await _audience(place, world, OURS))

    async def act() -> None:
        answer = await _redeem(world, given)
        if answer.status_code == 400:
            assert answer.json()["error"] == "invalid_grant"
            answer = await _redeem(world, again)
        assert answer.status_code == 200, answer.text
        await world.http.aclose()

    return act


async def refresh(place: Place) -> Act:
    """Rotate a refresh token; the lost answer is given again."""
    world = await place.tokens(new_email())
    first = await _first_token(place, world)

    async def act() -> None:
        answer = await _post(world, "/token", grant_type="refresh_token", refresh_token=first)
        assert answer.status_code == 200, answer.text
        second = await _post(world, "/token", grant_type="refresh_token", refresh_token=first)
        assert second.json()["refresh_token"] == answer.json()["refresh_token"]
        assert await world.count_leaves_of(first) == 1
        await world.http.aclose()

    return act


async def revoke(place: Place) -> Act:
    """Give a token back."""
    world = await place.tokens(new_email())
    first = await _first_token(place, world)

    async def act() -> None:
        answer = await _post(world, "/revoke", token=first)
        assert answer.status_code == 200, answer.text
        assert not await world.has_active(first)
        await world.http.aclose()

    return act


async def api_write(place: Place) -> Act:
    """Write with an Idempotency-Key: the same reply, one effect."""
    world = await place.tokens(new_email())
    scopes = frozenset({"openid", "account:profile"})
    client = await world.client(API)
    async with place.database.write() as transaction:
        await give_grant(transaction, world.customer, client, scopes, screen=None)
    family = await world.family(
        API,
        scopes=" ".join(scopes),
        audience=list(audience_of(client, scopes, place.issuer)),
        expires_at=place.database.clock.now() + timedelta(days=1),
    )
    async with place.database.write() as transaction:
        found = await transaction.authorizations.find(family)
        assert found is not None
        token = (await issue_access_token(transaction, client, found, scopes, place.issuer)).token
    sent = {"Authorization": f"Bearer {token}", "Idempotency-Key": new_opaque()}

    async def act() -> None:
        there = await world.http.get("/api/v1/profile", headers=sent)
        assert there.status_code == 200, there.text
        headers = sent | {"If-Match": there.headers["etag"]}
        change = {"nickname": "はな"}
        first = await world.http.patch("/api/v1/profile", json=change, headers=headers)
        assert first.status_code == 200, first.text
        again = await world.http.patch("/api/v1/profile", json=change, headers=headers)
        assert (again.status_code, again.content) == (200, first.content)
        await world.http.aclose()

    return act


def _as_app(place: Place) -> Any:  # noqa: ANN401 - as much of an application as a link needs
    settings = SimpleNamespace(issuer=place.issuer)
    return SimpleNamespace(state=SimpleNamespace(parts=SimpleNamespace(settings=settings)))


async def _audience(place: Place, world: TokenWorld, client_id: str) -> list[str]:
    client = await world.client(client_id)
    return list(audience_of(client, frozenset(SCOPES.split()), place.issuer))


async def _first_token(place: Place, world: TokenWorld) -> str:
    family = await world.family(OURS, audience=await _audience(place, world, OURS))
    async with place.database.write() as transaction:
        found = await transaction.authorizations.find(family)
        assert found is not None
        return await issue_first(transaction, found)


async def _post(world: TokenWorld, path: str, **fields: str) -> httpx.Response:
    return await world.http.post(path, data={"client_id": OURS, **fields})


async def _redeem(world: TokenWorld, given: str) -> httpx.Response:
    return await _post(
        world,
        "/token",
        grant_type="authorization_code",
        code=given,
        redirect_uri=redirect_uri_of(OURS),
        code_verifier=VERIFIER,
    )
