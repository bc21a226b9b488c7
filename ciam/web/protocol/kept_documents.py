"""Public documents that are the same for everyone, kept as bytes for a second.

Discovery depends on settings alone, so a second more or less harms nobody. The key sets are not
kept: a rotated key shows with the next request.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ciam.clock import monotonic
from ciam.storage import Database
from ciam.web.parts import parts

_SECONDS: Final = 1.0
_kept: WeakKeyDictionary[Database, dict[str, tuple[float, bytes]]] = WeakKeyDictionary()


async def answer_kept(
    request: Request,
    make: Callable[[], Awaitable[Any]],
    *,
    headers: Mapping[str, str],
    media_type: str,
) -> Response:
    """Answer with a document, made anew when the kept one is older than a second."""
    documents = _kept.setdefault(parts(request).database, {})
    made_at, content = documents.get(request.url.path, (float("-inf"), b""))
    now = monotonic()
    if now - made_at > _SECONDS:
        content = bytes(JSONResponse(await make()).body)
        documents[request.url.path] = (now, content)
    return Response(content, headers=dict(headers), media_type=media_type)
