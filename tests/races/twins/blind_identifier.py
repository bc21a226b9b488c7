"""A claim of a sign-in name that trusts the look-up made when the code was mailed."""

from uuid import UUID

from ciam.sealing import keyed_hash
from ciam.storage.stores.identifiers import LOGIN, IdentifierStore
from ciam.storage.tables.customers import identifier_index


async def _claim(self: IdentifierStore, row: UUID, login: str) -> bool:
    key = self.stores.keys.index.newest
    await self.connection.execute(
        self.insert(identifier_index)
        .values(
            namespace=LOGIN,
            keyed_hash=keyed_hash(key, LOGIN, login),
            key_version=key.version,
            identifier=row,
        )
        .on_conflict_do_nothing()
    )
    return True


def install() -> None:
    """Put the twin in its place."""
    IdentifierStore._claim = _claim  # type: ignore[method-assign]  # noqa: SLF001 - that is what a twin is
