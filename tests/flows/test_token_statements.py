"""How many statements each hot endpoint costs: the figures of the docstrings, held exactly.

BEGIN and COMMIT are not counted. What a process caches (clients, policies, keys, the ledger's known
entries) is warm, as it is for all but the first request after a change.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from ciam.storage.lazy_connection import LazyConnection
from ciam.storage.prepared import Prepared
from tests.factories.token_world import TokenWorld


@contextmanager
def counted(world: TokenWorld) -> Iterator[list[str]]:
    """Collect the statements that reach the database."""
    seen: list[str] = []

    def note(*arguments: Any) -> None:  # noqa: ANN401 - as the event has them
        seen.append(" ".join(str(arguments[2]).split())[:90])

    database = world.database
    engines = [database.engines.writing.sync_engine]
    if database.is_sqlite:  # PostgreSQL's two are one
        engines.append(database.engines.reading.sync_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    run_prepared, read_generation = LazyConnection.all, database.generation.read

    async def run(self: LazyConnection, prepared: Prepared, given: Any) -> Any:  # noqa: ANN401 - as the real one
        seen.append(" ".join(str(prepared.statement).split())[:90])
        return await run_prepared(self, prepared, given)

    async def read() -> int:
        seen.append("SELECT generation")
        return await read_generation()

    LazyConnection.all = run  # type: ignore[method-assign]  # notes, and does it
    database.generation.read = read  # type: ignore[method-assign]  # notes, and does it
    try:
        yield seen
    finally:
        LazyConnection.all = run_prepared  # type: ignore[method-assign]  # as it was
        database.generation.read = read_generation  # type: ignore[method-assign]  # as it was
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
        seen[:] = [text for text in seen if not text.startswith("BEGIN")]


@pytest.mark.parametrize(("client_id", "expected"), [("shop", 6), ("opaque", 7), ("once", 5)])
async def test_a_redemption(world: TokenWorld, client_id: str, expected: int) -> None:
    await world.tokens(client_id)
    code = await world.code(client_id)
    with counted(world) as statements:
        assert (await world.redeem(code, client_id)).status_code == 200
    assert len(statements) == expected, statements


@pytest.mark.parametrize(("client_id", "expected"), [("shop", 5), ("spa", 6), ("opaque", 7)])
async def test_a_refresh(world: TokenWorld, client_id: str, expected: int) -> None:
    token = (await world.tokens(client_id))["refresh_token"]
    token = (await world.refresh(token, client_id)).json()["refresh_token"]
    with counted(world) as statements:
        assert (await world.refresh(token, client_id)).status_code == 200
    assert len(statements) == expected, statements


async def test_a_clients_own_token(world: TokenWorld) -> None:
    own = {"grant_type": "client_credentials"}
    await world.post("/token", "batch", own)
    with counted(world) as statements:
        assert (await world.post("/token", "batch", own)).status_code == 200
    assert len(statements) == 1, statements


@pytest.mark.parametrize("client_id", ["shop", "opaque"])
async def test_an_introspection(world: TokenWorld, client_id: str) -> None:
    token = (await world.tokens(client_id))["access_token"]
    await world.is_active(token, client_id)
    with counted(world) as statements:
        assert await world.is_active(token, client_id)
    assert len(statements) == 2, statements


async def test_a_repeated_userinfo(world: TokenWorld) -> None:
    token = (await world.tokens())["access_token"]
    for _ in range(2):  # written by the first, known to stand there since the second
        await world.ask_userinfo(token)
    with counted(world) as statements:
        assert (await world.ask_userinfo(token)).status_code == 200
    assert len(statements) == 10, "\n".join(statements)
    assert all(text.startswith("SELECT") for text in statements), statements


async def test_a_revocation(world: TokenWorld) -> None:
    token = (await world.tokens())["refresh_token"]
    with counted(world) as statements:
        assert (await world.post("/revoke", "shop", {"token": token})).status_code == 200
    assert len(statements) == 5, statements
