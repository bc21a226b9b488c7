"""The claims parameter: claims asked for by name, for each way they go out (OIDC Core §5.5)."""

import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from ciam.oauth.errors import InvalidRequest

_LONGEST: Final = 4096
_MEMBERS: Final = ("userinfo", "id_token")
_CONDITIONS: Final = frozenset({"essential", "value", "values"})


def parse_claims(text: str) -> dict[str, dict[str, Any]]:
    """Read the parameter; raise InvalidRequest when it is malformed.

    Members that are not understood are ignored (§5.5), conditions of a claim too (§5.5.1).
    """
    if len(text) > _LONGEST:
        raise InvalidRequest("claims is too long")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("claims is not JSON") from error
    if not isinstance(document, dict):
        raise InvalidRequest("claims is not a JSON object")
    found: dict[str, dict[str, Any]] = {}
    for member in _MEMBERS:
        asked = document.get(member)
        if asked is None:
            continue
        if not isinstance(asked, dict):
            raise InvalidRequest(f"claims.{member} is not a JSON object")
        found[member] = {name: _condition(member, name, asked[name]) for name in asked}
    return found


def requested_claims(
    claims: Mapping[str, Any] | None, channel: Literal["userinfo", "id_token"]
) -> Mapping[str, Any]:
    """Give what a kept claims parameter asks for on one channel."""
    asked: Mapping[str, Any] = (claims or {}).get(channel) or {}
    return asked


def _condition(member: str, name: str, condition: object) -> dict[str, Any] | None:
    if condition is None:
        return None
    if not isinstance(condition, dict):
        raise InvalidRequest(f"claims.{member} asks for {name[:64]!r} in a way that is not defined")
    kept = {word: condition[word] for word in _CONDITIONS & condition.keys()}
    if not isinstance(kept.get("essential", False), bool):
        raise InvalidRequest(f"claims.{member}: essential is a boolean")
    if not isinstance(kept.get("values", []), list):
        raise InvalidRequest(f"claims.{member}: values is an array")
    return kept
