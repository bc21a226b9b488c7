"""A credential event that ends what there is and does not say that there was one."""

from uuid import UUID

from ciam.storage.stores.customers import CustomerStore


async def _raise_credential_epoch(self: CustomerStore, internal_id: UUID) -> int:
    del self, internal_id
    return 0


def install() -> None:
    """Put the twin in its place."""
    CustomerStore.raise_credential_epoch = _raise_credential_epoch  # type: ignore[method-assign]  # that is what a twin is
