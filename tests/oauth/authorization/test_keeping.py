"""A kept request: one browser, one hour, one answer; checked anew each time."""

import asyncio
from datetime import timedelta

import pytest

from ciam.errors import PageRefusal
from ciam.oauth.authorization import keeping
from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.errors import InvalidRequest
from tests.oauth.authorization.apps import GOOD, ISSUER, put_client
from tests.oauth.authorization.conftest import BROWSER, OTHER_BROWSER, World


async def _keep(world: World, browser: bytes | None = BROWSER) -> str:
    async with world.database.write() as transaction:
        kept = await keeping.keep(transaction, await world.check(), browser)
    return keeping.handle_of(kept)


async def _load(world: World, handle: str, browser: bytes = BROWSER) -> AuthorizationRequest:
    async with world.database.read() as transaction:
        return await keeping.load_kept(transaction, handle, browser, issuer=ISSUER)


async def test_it_comes_back_as_it_was(world: World) -> None:
    loaded = await _load(world, await _keep(world))
    assert loaded.kept is not None
    assert loaded.parameters.values == GOOD
    assert loaded.state == GOOD["state"]


async def test_it_is_sealed(world: World) -> None:
    handle = await _keep(world)
    async with world.database.read() as transaction:
        rows = await transaction.connection.exec_driver_sql(
            "SELECT handle_hash, sealed_parameters FROM authorization_request"
        )
        [row] = rows.all()
    assert handle.encode() not in row.handle_hash
    assert b"the state" not in row.sealed_parameters


async def test_an_unknown_handle_is_over(world: World) -> None:
    for handle in ("", "x", "x" * 10_000, "日本"):
        with pytest.raises(PageRefusal):
            await _load(world, handle)


async def test_it_belongs_to_its_browser_and_ends_after_an_hour(world: World) -> None:
    handle = await _keep(world)
    with pytest.raises(PageRefusal):
        await _load(world, handle, OTHER_BROWSER)
    world.clock.advance(timedelta(minutes=59, seconds=59))
    await _load(world, handle)
    world.clock.advance(timedelta(seconds=1))
    with pytest.raises(PageRefusal):
        await _load(world, handle)


async def test_one_without_a_browser_is_bound_to_the_first(world: World) -> None:
    handle = await _keep(world, None)
    found = [await _load(world, handle, browser) for browser in (BROWSER, OTHER_BROWSER)]

    async def bind(request: AuthorizationRequest, browser: bytes) -> bool:
        try:
            async with world.database.write() as transaction:
                await keeping.bind(transaction, request, browser)
        except PageRefusal:
            return False
        return True

    bound = await asyncio.gather(
        *(bind(found[n % 2], (BROWSER, OTHER_BROWSER)[n % 2]) for n in range(20))
    )
    assert bound.count(True) == 10
    assert len({n % 2 for n, is_bound in enumerate(bound) if is_bound}) == 1


async def test_a_client_changed_meanwhile_is_not_served_as_it_was(world: World) -> None:
    handle = await _keep(world)
    async with world.database.write() as transaction:
        await put_client(transaction, "shop", redirect_uris=["https://shop.example.com/new"])
    with pytest.raises(InvalidRequest) as caught:
        await _load(world, handle)
    assert not caught.value.may_redirect


async def test_the_form_of_a_page_on_the_way_may_end_at_the_app(world: World) -> None:
    handle = await _keep(world)
    async with world.database.read() as transaction:
        found = [
            await keeping.find_form_action(transaction, handle, browser)
            for browser in (BROWSER, OTHER_BROWSER)
        ]
    assert found == ["https://shop.example.com", None]
