"""Requests of ours to a provider: JSON through the guarded client, and what an error means."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from ciam.errors import CiamError
from ciam.outbound import OutboundFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ciam.outbound import Outbound, OutboundResponse

_BAD_REQUEST: Final = 400
_SERVER_ERROR: Final = 500
_TOO_MANY: Final = 429
_TEMPORARY: Final = frozenset({"temporarily_unavailable", "server_error", "slow_down"})


class Unanswered(CiamError):
    """The provider cannot be reached, or cannot answer now."""


class Refused(CiamError):
    """The provider answered, and not with what was asked for."""


async def fetch_object(
    outbound: Outbound,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    data: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Give the JSON object that is answered; raise Unanswered or Refused."""
    found = await fetch(outbound, method, url, headers=headers, data=data)
    if not isinstance(found, dict):
        raise Refused("not a JSON object")
    return found


async def fetch(
    outbound: Outbound,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    data: Mapping[str, str] | None = None,
) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Give the JSON that is answered; raise Unanswered or Refused.

    Some providers answer an error with 200 (GitHub, Naver, TikTok): the body decides too.
    """
    try:
        response = await outbound.request(
            method, url, headers={"Accept": "application/json", **(headers or {})}, data=data
        )
    except OutboundFailed as error:
        raise Unanswered(error.cause) from error
    found = _read(response)
    said = found.get("error") if isinstance(found, dict) else None
    name = said if isinstance(said, str) else ""
    if response.status >= _SERVER_ERROR or response.status == _TOO_MANY or name in _TEMPORARY:
        raise Unanswered(f"status {response.status} {name}".strip())
    if response.status >= _BAD_REQUEST or name:
        raise Refused(f"status {response.status} {name}".strip())
    if found is None:
        raise Refused("not JSON")
    return found


def _read(response: OutboundResponse) -> Any:  # noqa: ANN401 - whatever JSON can hold
    try:
        return json.loads(response.body)
    except ValueError:
        return None
