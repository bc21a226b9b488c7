"""A rotation that looks whether the refresh token was rotated, and marks it then."""

from sqlalchemy import select, update

from ciam.identifiers import hash_secret
from ciam.storage.stores.refresh_tokens import RefreshTokenStore
from ciam.storage.tables.grants import refresh_token
from tests.races.twins.apart import reading_apart


async def _supersede(self: RefreshTokenStore, token: str) -> bool:
    columns = refresh_token.c
    is_it = columns.token_hash == hash_secret(token)
    async with reading_apart(self.connection):
        found = await self.connection.execute(
            select(columns.generation).where(
                is_it, columns.superseded_at.is_(None), columns.expires_at > self.now
            )
        )
    if found.first() is None:
        return False
    await self.connection.execute(update(refresh_token).where(is_it).values(superseded_at=self.now))
    return True


def install() -> None:
    """Put the twin in its place."""
    RefreshTokenStore.supersede = _supersede  # type: ignore[method-assign]  # that is what a twin is
