"""A step of an authenticator app that is compared with the last one used, and written then."""

from uuid import UUID

from sqlalchemy import select, update

from ciam.storage.stores.authenticators import AuthenticatorStore
from ciam.storage.tables.customers import authenticator
from tests.races.twins.apart import reading_apart


async def _use_step(self: AuthenticatorStore, authenticator_id: UUID, step: int) -> bool:
    is_it = authenticator.c.id == authenticator_id
    async with reading_apart(self.connection):
        last = await self.connection.scalar(select(authenticator.c.last_step).where(is_it))
    if last is not None and last >= step:
        return False
    await self.connection.execute(update(authenticator).where(is_it).values(last_step=step))
    return True


def install() -> None:
    """Put the twin in its place."""
    AuthenticatorStore.use_step = _use_step  # type: ignore[method-assign]  # that is what a twin is
