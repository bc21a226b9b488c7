"""What a kept claims parameter asks for on each way claims go out (OIDC Core §5.5)."""

from collections.abc import Mapping
from typing import Any, Literal


def requested_claims(
    claims: Mapping[str, Any] | None, channel: Literal["userinfo", "id_token"]
) -> Mapping[str, Any]:
    """Give the claims asked for by name, with their conditions; none without the parameter."""
    asked: Mapping[str, Any] = (claims or {}).get(channel) or {}
    return asked
