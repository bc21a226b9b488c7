"""Cookies: their names, their attributes, and the one place that sets them (RFC 6265).

On https every name carries the `__Host-` prefix, which pins a cookie to this host, this path and
TLS. All are HttpOnly and SameSite=Lax, that of operators Strict. They are queued during a request
and sent with its answer.
"""

from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Final

from starlette.requests import HTTPConnection

from ciam.web.parts import parts

BROWSER: Final = "ciam_browser"
SESSION: Final = "ciam_session"
DEVICE: Final = "ciam_device"
TRUSTED: Final = "ciam_trusted"
LANGUAGE: Final = "ciam_language"
PASSKEY_OFFERED: Final = "ciam_passkey_offered"
OPERATOR: Final = "ciam_operator"
_STRICT: Final = frozenset({OPERATOR})
"""Never sent by a navigation that another site began."""


def read_cookie(request: HTTPConnection, name: str) -> str | None:
    """Give the value of a cookie of ours, or None when it is absent or empty."""
    return request.cookies.get(_full_name(request, name)) or None


def set_cookie(
    request: HTTPConnection, name: str, value: str, lifetime: timedelta | None = None
) -> None:
    """Send a cookie with the answer; without a lifetime it ends with the browser session."""
    _queue(request, name, value, None if lifetime is None else int(lifetime.total_seconds()))


def clear_cookie(request: HTTPConnection, name: str) -> None:
    """Make the browser forget a cookie."""
    _queue(request, name, "", 0)


def queued_cookies(scope_state: dict[str, object]) -> list[str]:
    """Give the Set-Cookie values that this request queued, the last of each name."""
    queued = scope_state.get("cookies", {})
    assert isinstance(queued, dict)  # noqa: S101 - only this module writes it
    return list(queued.values())


def _full_name(request: HTTPConnection, name: str) -> str:
    return f"__Host-{name}" if parts(request).settings.is_https else name


def _queue(request: HTTPConnection, name: str, value: str, max_age: int | None) -> None:
    full_name = _full_name(request, name)
    cookie: SimpleCookie = SimpleCookie({full_name: value})
    morsel = cookie[full_name]
    morsel["path"] = "/"
    morsel["httponly"] = True
    morsel["samesite"] = "Strict" if name in _STRICT else "Lax"
    if parts(request).settings.is_https:
        morsel["secure"] = True
    if max_age is not None:
        morsel["max-age"] = max_age
    state = request.scope.setdefault("state", {})
    state.setdefault("cookies", {})[full_name] = morsel.OutputString()
