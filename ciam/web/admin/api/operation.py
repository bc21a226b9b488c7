"""An operation of the admin API: the permission it needs, and what its contract says of it.

The contract is written from these declarations, and a test sends whatever it allows, and more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.storage import UnitOfWork
from ciam.web.admin.api.body import Body
from ciam.web.admin.endpoint import AdminRoute, Handler
from ciam.web.api.writes import Reply, reply_once

if TYPE_CHECKING:
    from collections.abc import Mapping

BASE: Final = "/api/admin/v1"
_BODY: Final = (400, 413, 415, 422)
_ONCE: Final = (400, 409, 422)


@dataclass(frozen=True, slots=True)
class Operation:
    """What a contract says beside the path: body, answer, statuses, headers."""

    answer: Any = None
    """The type of the document; None: there is no body."""
    status: int = 200
    body: type[Body] | None = None
    refusals: tuple[int, ...] = ()
    query: Mapping[str, str] | None = None
    """Each parameter of the query with its meaning; all may be left out."""
    takes_key: bool = False
    """Whether an Idempotency-Key makes a repetition harmless."""
    has_etag: bool = False
    """Whether the answer has an ETag, which `If-None-Match` of a read may name."""
    takes_match: bool = False
    """Whether `If-Match` has to name what was read."""
    summary: str = ""
    """Where the handler, made for several, has no first line of its own."""

    def statuses(self, *, needs: Permission | None, is_fresh: bool) -> list[int]:
        """List what is answered instead of `status`."""
        found = {503, *self.refusals}
        if needs is not None:
            found.add(401)
        if needs not in {None, Permission.SIGNED_IN}:
            found.add(404)
        for applies, statuses in (
            (is_fresh, (403,)),
            (self.body is not None, _BODY),
            (self.takes_key, _ONCE),
            (self.has_etag and not self.takes_match, (304,)),
            (self.takes_match, (412, 428)),
        ):
            found |= set(statuses if applies else ())
        return sorted(found)


class ApiRoute(AdminRoute):
    """An operation for operators with one permission."""

    def __init__(
        self,
        path: str,
        handler: Handler,
        operation: Operation,
        *,
        needs: Permission,
        method: str = "GET",
        fresh: bool = False,
    ) -> None:
        """Take the path below the base, the handler, its contract and its permission."""
        self.operation = operation
        super().__init__(BASE + path, handler, needs=needs, methods=(method,), fresh=fresh)


class OpenRoute(Route):
    """The operation that needs no operator: it begins a session."""

    def __init__(
        self, path: str, handler: Callable[[Request], Awaitable[Response]], operation: Operation
    ) -> None:
        """Take the path below the base, the handler and its contract."""
        self.operation = operation
        self.handler = handler
        super().__init__(BASE + path, handler, methods=["POST"])


async def act_once(
    request: Request, desk: Desk, work: Callable[[UnitOfWork], Awaitable[Reply]]
) -> Response:
    """Carry out a write of an operator: once for each Idempotency-Key, in one unit of work."""
    return await reply_once(request, ("admin", "operator", str(desk.operator.id)), work)
