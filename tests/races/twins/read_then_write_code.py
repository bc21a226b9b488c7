"""A redemption that looks whether the code was used, and marks it then."""

from sqlalchemy import select, update

from ciam.identifiers import hash_secret
from ciam.storage.stores.authorization_codes import AuthorizationCodeStore
from ciam.storage.tables.grants import authorization_code
from tests.races.twins.apart import reading_apart


async def _claim(self: AuthorizationCodeStore, code: str) -> bool:
    columns = authorization_code.c
    is_it = columns.code_hash == hash_secret(code)
    async with reading_apart(self.connection):
        found = await self.connection.execute(
            select(columns.code_hash).where(
                is_it, columns.used_at.is_(None), columns.expires_at > self.now
            )
        )
    if found.first() is None:
        return False
    await self.connection.execute(update(authorization_code).where(is_it).values(used_at=self.now))
    return True


def install() -> None:
    """Put the twin in its place."""
    AuthorizationCodeStore.claim = _claim  # type: ignore[method-assign]  # that is what a twin is
