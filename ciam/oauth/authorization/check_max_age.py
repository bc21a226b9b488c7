"""max_age: a non-negative integer of seconds; 0 means login (OIDC Core §3.1.2.1)."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Final

from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.errors import InvalidRequest
from ciam.storage import UnitOfWork

_SECONDS: Final = re.compile(r"[0-9]{1,9}")


async def check_max_age(
    _transaction: UnitOfWork, request: AuthorizationRequest
) -> AuthorizationRequest:
    """Take the age a sign-in may have; without one the client's default_max_age (OIDC DCR §2)."""
    asked = request.parameters.get("max_age")
    if asked is not None and not _SECONDS.fullmatch(asked):
        raise InvalidRequest("max_age is not a number of seconds")
    seconds = request.client.default_max_age if asked is None else int(asked)
    return replace(request, max_age=None if seconds is None else timedelta(seconds=seconds))
