"""claims: which claims, for which channel, and whether they are essential (OIDC Core §5.5).

Members but `userinfo` and `id_token`, and claims we do not know, are ignored, as §5.5 has it. A
`sub` with a value says about whom the client asks.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.errors import InvalidRequest, LoginRequired
from ciam.storage import UnitOfWork

CHANNELS: Final = ("userinfo", "id_token")
_MOST_CLAIMS: Final = 100
_LONGEST_NAME: Final = 100


async def check_claims(
    transaction: UnitOfWork, request: AuthorizationRequest
) -> AuthorizationRequest:
    """Take the claims; raise InvalidRequest when they are not of the shape of §5.5."""
    text = request.parameters.get("claims")
    if text is None:
        return request
    document = _parse(text)
    claims: dict[str, Any] = {
        channel: _read_member(document[channel]) for channel in CHANNELS if channel in document
    }
    checked = replace(request, claims=claims)
    conditions = [member.get("sub") or {} for member in claims.values()]
    subjects = [entry["value"] for entry in conditions if "value" in entry]
    if not subjects:
        return checked
    return replace(checked, meant_customer=await _find_meant(transaction, request, subjects))


def _parse(text: str) -> dict[str, Any]:
    """Read JSON as RFC 8259 has it; what no database can store (NUL, half a character) is none."""
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
        written = json.dumps(document, ensure_ascii=False)
        written.encode()
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("claims is not JSON") from error
    if not isinstance(document, dict) or "\\u0000" in written:
        raise InvalidRequest("claims is not an object")
    return document


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _read_member(member: object) -> dict[str, Mapping[str, Any] | None]:
    if member is None:
        return {}
    if not isinstance(member, dict) or len(member) > _MOST_CLAIMS:
        raise InvalidRequest("a member of claims is not an object of claims")
    for name, conditions in member.items():
        if len(name) > _LONGEST_NAME or not (conditions is None or isinstance(conditions, dict)):
            raise InvalidRequest("a claim is neither null nor an object")
        if not isinstance((conditions or {}).get("essential", False), bool):
            raise InvalidRequest("essential is neither true nor false")
        if not isinstance((conditions or {}).get("values", []), list):
            raise InvalidRequest("values is not an array")
    return member


async def _find_meant(
    transaction: UnitOfWork, request: AuthorizationRequest, subjects: list[Any]
) -> UUID:
    """Give who is meant; raise LoginRequired when it can be nobody (OIDC Core §3.1.2.2)."""
    only, meant = subjects[0], None
    if isinstance(only, str) and all(subject == only for subject in subjects):
        meant = await transaction.client_subjects.find_customer(request.client.id, only)
    if meant is None:
        raise LoginRequired("the sub asked for is not known to this client")
    return meant
