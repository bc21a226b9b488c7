"""A sign-in that spares the hash where there is nothing to compare with."""

from ciam.customers.passwords import PasswordHasher


async def _waste(self: PasswordHasher) -> None:
    """Answer at once."""


def install() -> None:
    """Put the twin in its place."""
    PasswordHasher.waste = _waste  # type: ignore[method-assign]  # that is what a twin is
