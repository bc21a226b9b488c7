"""How often the API is used, told to the caller (draft-ietf-httpapi-ratelimit-headers-10).

Writes and searches are counted, exactly over all nodes, and committed before they are carried out:
a search is a guess at who is a customer. Reads that need a token for the very thing are not.
"""

from datetime import timedelta
from math import ceil
from typing import Final, Literal

from starlette.requests import Request

from ciam.errors import TooManyAttempts
from ciam.protection.limits import reserve
from ciam.web.api.callers import Caller
from ciam.web.headers import add_header
from ciam.web.parts import parts

_WINDOW: Final = timedelta(minutes=1)


async def count_call(request: Request, caller: Caller, kind: Literal["writes", "searches"]) -> None:
    """Count a call; raise TooManyAttempts above the limit. Both answers carry the fields."""
    seconds = int(_WINDOW.total_seconds())
    async with parts(request).database.write() as transaction:
        limits = (await transaction.policies.get()).limits
        allowed = limits.api_writes_minute if kind == "writes" else limits.api_searches_minute
        add_header(request, "RateLimit-Policy", f'"{kind}";q={allowed};w={seconds}')
        try:
            attempt = await reserve(
                transaction,
                f"api_{kind}",
                caller.client.client_id,
                caller.owner,
                allowed=allowed,
                window=_WINDOW,
            )
        except TooManyAttempts as refused:
            wait = max(1, ceil(refused.retry_after.total_seconds()))
            add_header(request, "RateLimit", f'"{kind}";r=0;t={wait}')
            raise
        reset = max(1, ceil((attempt.room_at - transaction.clock.now()).total_seconds()))
    add_header(request, "RateLimit", f'"{kind}";r={allowed - attempt.count};t={reset}')
