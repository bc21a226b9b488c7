"""A write of the API: counted, done once for each Idempotency-Key, answered the same again.

The work and its kept reply are one commit. A refusal changes nothing and is not kept. On PostgreSQL
a second request with the same key meets 409 while the first is at work; on SQLite it waits.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from ciam.errors import ApiRefusal
from ciam.storage import UnitOfWork
from ciam.storage.stores.idempotent_replies import KeptReply
from ciam.storage.stores.store import to_json
from ciam.texts import Text
from ciam.web.api.callers import Caller
from ciam.web.api.rates import count_call
from ciam.web.parts import parts

LIFETIME: Final = timedelta(hours=24)
_KEY: Final = re.compile(r"[\x21-\x7E]{1,255}")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a write answers."""

    status: int
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """The bytes that are sent, and sent again."""
        return b"" if self.document is None else to_json(self.document)


async def write_once(
    request: Request, caller: Caller, work: Callable[[UnitOfWork], Awaitable[Reply]]
) -> Response:
    """Do the work in one unit of work, or give the reply that its key has already."""
    await count_call(request, caller, "writes")
    return await reply_once(request, (caller.client.client_id, caller.owner), work)


async def reply_once(
    request: Request, who: tuple[str, ...], work: Callable[[UnitOfWork], Awaitable[Reply]]
) -> Response:
    """Do the work once for each key that `who`, named by an id, sends."""
    key = _key(request)
    async with parts(request).database.write() as transaction:
        if key is None:
            reply = await work(transaction)
            return _response(reply.status, dict(reply.headers), reply.body)
        name = (*who, key)
        replies = transaction.idempotent_replies
        if await replies.is_in_progress(*name):
            raise ApiRefusal(
                409,
                "idempotency_key_in_progress",
                Text("The first request with this key is still at work. Try again in a moment."),
            )
        asked = await _hash(request, key)
        claim = await replies.claim(*name, request_hash=asked, lifetime=LIFETIME)
        if claim is None:
            return _again(await replies.find(*name), asked)
        reply = await work(transaction)
        headers = dict(reply.headers)
        await replies.keep(claim, *name, status=reply.status, reply=(headers, reply.body))
    return _response(reply.status, headers, reply.body)


def _key(request: Request) -> str | None:
    """Give the key, a string or token of the header (draft-ietf-httpapi-idempotency-key §2)."""
    sent = request.headers.getlist("idempotency-key")
    if not sent:
        return None
    if len(sent) > 1 or not _KEY.fullmatch(sent[0]):
        raise ApiRefusal(
            400,
            "bad_idempotency_key",
            Text("An Idempotency-Key has 1 to 255 visible ASCII characters."),
        )
    return sent[0]


async def _hash(request: Request, key: str) -> bytes:
    """Hash what is asked; the key, of which we keep a hash only, hides it from a guesser."""
    url = request.url
    asked = [key, request.method, url.path, url.query, request.headers.get("if-match", "")]
    return hashlib.sha256(to_json(asked) + await request.body()).digest()


def _again(kept: KeptReply | None, asked: bytes) -> Response:
    if kept is None or kept.request_hash != asked:
        raise ApiRefusal(
            422,
            "idempotency_key_reused",
            Text("This key was used with another request. Use a new one for each."),
        )
    return _response(kept.status, kept.headers, kept.body)


def _response(status: int, headers: dict[str, str], body: bytes) -> Response:
    return Response(body, status, headers=headers, media_type="application/json" if body else None)
