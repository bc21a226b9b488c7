"""What we know of a customer, as claims (OIDC Core §5.1); whether it may leave is not asked."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from ciam.customers.profile import read_profile
from ciam.storage import UnitOfWork

NAME_PARTS: Final = ("family_name", "middle_name", "given_name")


async def load_claims(
    transaction: UnitOfWork, customer: UUID, wanted: Iterable[str]
) -> dict[str, Any]:
    """Give the wanted claims we have values for, those with language tags included (§5.2)."""
    names = frozenset(wanted)
    if not names:
        return {}
    known = (await read_profile(transaction, customer)).claims
    return {claim: value for claim, value in known.items() if claim.partition("#")[0] in names}
