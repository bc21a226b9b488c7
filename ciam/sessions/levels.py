"""Levels of authentication: how they are named and compared, and how an app wants them reached.

`acr` of OIDC Core §2. Who asks (`ciam.oauth`) and who has it proven (`ciam.authentication`) judge
by this one place.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from ciam.policies import MethodPolicy
from ciam.sessions.session import ACR_ONE, ACR_TWO
from ciam.storage import UnitOfWork

_ORDER: Final = (ACR_ONE, ACR_TWO)
_DEFAULT_BRAND: Final = "default"

REACHABLE: Final = (ACR_ONE, ACR_TWO)
"""What the sign-in pages can reach."""


def is_reached(acr: str, wanted: Iterable[str]) -> bool:
    """Tell whether a level fulfils one of those wanted: it is one, or stronger than one."""
    return any(_rank(acr) >= _rank(level) for level in wanted if level in _ORDER)


def can_be_reached(wanted: Iterable[str]) -> bool:
    """Tell whether a sign-in could fulfil one of those wanted."""
    return any(is_reached(level, wanted) for level in REACHABLE)


def least_of(methods: MethodPolicy) -> str:
    """Give the level below which nobody signs in where these methods are in force."""
    return ACR_TWO if methods.second_factor == "required" else ACR_ONE


async def methods_for(transaction: UnitOfWork, client: UUID | None) -> MethodPolicy:
    """Give the methods in force for an app: the installation's, its brand's, its own.

    Without an app the pages are the installation's, and its brand's if it has one.
    """
    policy = (await transaction.policies.get()).methods
    app = None if client is None else await transaction.clients.get(client)
    brand = await transaction.brands.get((app.brand if app else None) or _DEFAULT_BRAND)
    return policy.overridden_by(brand.methods, app.methods if app else {})


def _rank(acr: str) -> int:
    return _ORDER.index(acr) if acr in _ORDER else -1
