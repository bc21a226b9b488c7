"""How a body reaches an operation: strict JSON, whatever the framework would have let pass."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from ciam.errors import ApiRefusal
from ciam.texts import Text
from ciam.web.api.strict_json import read_json

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRequest(Request):
    """A request whose JSON was read by us."""

    async def json(self) -> Any:  # noqa: ANN401 - what JSON can hold
        """Give the body; raise ApiRefusal when it has more than one reading."""
        if not hasattr(self, "_strict"):
            self._strict = read_json(await self.body())
        return self._strict


class ApiRoute(APIRoute):
    """An operation of the API."""

    def get_route_handler(self) -> _Handler:
        """Read the body before the framework does, which hides what was wrong with it."""
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            own = StrictRequest(request.scope, request.receive)
            if request.method != "GET" and await own.body():
                check_media_type(own)
                await own.json()
            return await handle(own)

        return strict


def check_media_type(request: Request) -> None:
    """Raise ApiRefusal for a body that does not say it is JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (
        kind.startswith("application/") and kind.endswith("+json")
    ):
        raise ApiRefusal(415, "not_json", Text("Send the body as application/json."))
