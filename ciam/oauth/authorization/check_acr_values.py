"""acr_values, and `acr` as a claim: voluntary, unless the client calls it essential.

Voluntary wishes that cannot be met are met as far as possible (OIDC Core §5.5.1.1). An essential
one fails with the error of OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.errors import UnmetAuthenticationRequirements
from ciam.sessions.levels import can_be_reached
from ciam.storage import UnitOfWork

_MOST: Final = 20


async def check_acr_values(
    _transaction: UnitOfWork, request: AuthorizationRequest
) -> AuthorizationRequest:
    """Take the levels wanted; raise when an essential one is beyond what can be proven here."""
    conditions = ((request.claims or {}).get("id_token") or {}).get("acr")
    if conditions and conditions.get("essential"):
        wanted = _values_of(conditions)
        if wanted and not can_be_reached(wanted):
            raise UnmetAuthenticationRequirements("the level of authentication is not available")
        return replace(request, acr_values=wanted, essential_acr=bool(wanted))
    listed = tuple((request.parameters.get("acr_values") or "").split()[:_MOST])
    return replace(request, acr_values=listed or _values_of(conditions or {}))


def _values_of(conditions: Mapping[str, Any]) -> tuple[str, ...]:
    values = conditions.get("values", [])
    listed = [*values, conditions["value"]] if "value" in conditions else values
    return tuple(value for value in listed[:_MOST] if isinstance(value, str))
