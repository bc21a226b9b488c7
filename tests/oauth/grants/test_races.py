"""Parallel requests in one process: one winner, nothing forked, and each twin is caught.

Races over several processes are in `tests/races`. A twin decides on what it read before its
transaction, as code without a claim by one statement does.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine

import pytest
from sqlalchemy import update

from ciam.identifiers import hash_secret
from ciam.oauth.errors import InvalidGrant
from ciam.oauth.grant import TokenResponse
from ciam.storage.stores.authorization_codes import AuthorizationCodeStore, StoredCode
from ciam.storage.stores.refresh_tokens import RefreshTokenStore, StoredRefreshToken
from ciam.storage.tables.grants import authorization_code, refresh_token
from tests.factories.token_world import VERIFIER, TokenWorld, redirect_uri_of

PARALLEL = 20
ROUNDS = 5

Attempt = Callable[[], Awaitable[TokenResponse]]


async def run_at_once(
    attempt: Attempt, *beside: Coroutine[None, None, object]
) -> tuple[list[TokenResponse], list[InvalidGrant]]:
    """Run an attempt many times at once, others in their midst; only InvalidGrant is no failure."""
    half = PARALLEL // 2
    outcomes = await asyncio.gather(
        *(attempt() for _ in range(half)),
        *(_quietly(other) for other in beside),
        *(attempt() for _ in range(PARALLEL - half)),
        return_exceptions=True,
    )
    won: list[TokenResponse] = []
    refused: list[InvalidGrant] = []
    for outcome in outcomes:
        if isinstance(outcome, InvalidGrant):
            refused.append(outcome)
        elif isinstance(outcome, BaseException):
            raise outcome
        elif outcome is not None:
            won.append(outcome)
    return won, refused


async def _quietly(other: Coroutine[None, None, object]) -> None:
    await other


def redemption(world: TokenWorld, code: str) -> Attempt:
    async def attempt() -> TokenResponse:
        return await world.exchange(
            "shop",
            grant_type="authorization_code",
            code=code,
            redirect_uri=redirect_uri_of("shop"),
            code_verifier=VERIFIER,
        )

    return attempt


def rotation(world: TokenWorld, token: str) -> Attempt:
    async def attempt() -> TokenResponse:
        return await world.exchange("spa", grant_type="refresh_token", refresh_token=token)

    return attempt


async def is_dead(world: TokenWorld, response: TokenResponse) -> bool:
    return (await world.ask_userinfo(response.access_token)).status_code == 401


async def test_one_of_many_redemptions_wins_and_the_others_revoke_it(world: TokenWorld) -> None:
    for _ in range(ROUNDS):
        won, refused = await run_at_once(redemption(world, await world.code()))
        assert (len(won), len(refused)) == (1, PARALLEL - 1)
        assert await is_dead(world, won[0])


async def test_a_redemption_that_reads_and_then_writes_is_caught(
    world: TokenWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await world.code()
    async with world.database.read() as transaction:
        before = await transaction.authorization_codes.find(code)

    async def find(_self: AuthorizationCodeStore, _code: str) -> StoredCode | None:
        return before

    async def claim(self: AuthorizationCodeStore, code: str) -> bool:
        await self.connection.execute(
            update(authorization_code)
            .where(authorization_code.c.code_hash == hash_secret(code))
            .values(used_at=self.now)
        )
        return True

    monkeypatch.setattr(AuthorizationCodeStore, "find", find)
    monkeypatch.setattr(AuthorizationCodeStore, "claim", claim)
    # a refresh token of generation 0 would already clash: the twin is of a client without
    monkeypatch.setattr(RefreshTokenStore, "add", _added)
    won, _ = await run_at_once(redemption(world, code))
    assert len(won) > 1


async def _added(*_: object, **__: object) -> bool:
    return True


async def test_many_refreshes_in_the_grace_get_one_successor(world: TokenWorld) -> None:
    for _ in range(ROUNDS):
        first = await world.tokens("spa")
        won, refused = await run_at_once(rotation(world, first["refresh_token"]))
        assert (len(won), len(refused)) == (PARALLEL, 0)
        assert len({response.refresh_token for response in won}) == 1
        assert len({response.access_token for response in won}) == PARALLEL
        assert await world.count_leaves_of(str(won[0].refresh_token)) == 1
        assert (await world.refresh(str(won[0].refresh_token), "spa")).status_code == 200


async def test_a_rotation_that_reads_and_then_writes_is_caught(
    world: TokenWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = (await world.tokens("spa"))["refresh_token"]
    async with world.database.read() as transaction:
        before = await transaction.refresh_tokens.find(token)

    async def find(
        _self: RefreshTokenStore, _token: str, *, to_issue: bool = False
    ) -> StoredRefreshToken | None:
        assert to_issue
        return before

    async def supersede(self: RefreshTokenStore, token: str) -> bool:
        await self.connection.execute(
            update(refresh_token)
            .where(refresh_token.c.token_hash == hash_secret(token))
            .values(superseded_at=self.now)
        )
        return True

    monkeypatch.setattr(RefreshTokenStore, "find", find)
    monkeypatch.setattr(RefreshTokenStore, "supersede", supersede)
    won, refused = await run_at_once(rotation(world, token))
    assert len(refused) > 0
    assert len(won) < PARALLEL


async def test_nothing_lives_after_a_revocation_that_met_refreshes(world: TokenWorld) -> None:
    for _ in range(ROUNDS):
        token = (await world.tokens("spa"))["refresh_token"]
        won, _ = await run_at_once(rotation(world, token), world.revoke(token, "spa"))
        for response in won:
            assert await is_dead(world, response)
        assert (await world.refresh(token, "spa")).status_code == 400


async def test_what_met_a_withdrawal_is_narrower_or_dead(world: TokenWorld) -> None:
    outcomes: Counter[str] = Counter()
    for _ in range(ROUNDS):
        token = (await world.tokens("spa"))["refresh_token"]
        won, refused = await run_at_once(rotation(world, token), world.withdraw("spa", "orders"))
        assert not refused
        for response in won:
            is_wide = "orders" in response.scopes
            assert await is_dead(world, response) == is_wide
            outcomes["wide" if is_wide else "narrow"] += 1
    assert outcomes["wide"] > 0
    assert outcomes["narrow"] > 0


async def test_issuing_and_ending_lock_in_one_order(world: TokenWorld) -> None:
    """Customer, grant, token: were it another order, PostgreSQL would report a deadlock."""
    client = await world.client("spa")
    for _ in range(ROUNDS):
        token = (await world.tokens("spa"))["refresh_token"]

        async def end_all() -> None:
            async with world.database.write() as transaction:
                await transaction.customers.lock(world.customer)
                grant = await transaction.client_grants.lock(world.customer, client.id)
                assert grant is not None
                await transaction.authorizations.revoke_for_customer(world.customer, "test")

        won, _ = await run_at_once(rotation(world, token), end_all(), end_all(), end_all())
        for response in won:
            assert await is_dead(world, response)
