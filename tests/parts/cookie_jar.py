"""Cookies as browsers keep and send them: SameSite, prefixes, Secure (RFC 6265bis §5).

The standard library's jar knows no SameSite and no prefixes, and sends no Secure cookie to
http://localhost, which browsers trust.
"""

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookies import CookieError, SimpleCookie
from urllib.parse import SplitResult, urlsplit

_SECOND_LEVEL = {"co", "ne", "or", "ac", "go", "com", "gr"}


def site_of(url: str) -> str:
    """Give scheme and registrable domain; a small stand-in for the public suffix list."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    labels = host.split(".")
    if host.replace(".", "").isdigit() or len(labels) == 1:
        return f"{parts.scheme}://{host}"
    size = 3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2 else 2
    return f"{parts.scheme}://{'.'.join(labels[-size:])}"


@dataclass(frozen=True, slots=True)
class Cookie:
    """One stored cookie."""

    name: str
    value: str
    host: str
    host_only: bool
    path: str
    secure: bool
    http_only: bool
    same_site: str  # strict, lax or none
    expires: float | None

    def matches(self, parts: SplitResult) -> bool:
        """Tell whether it belongs to an address; ports do not count."""
        host, path = parts.hostname or "", parts.path or "/"
        of_host = host == self.host or (not self.host_only and host.endswith(f".{self.host}"))
        of_path = path == self.path or path.startswith(self.path.rstrip("/") + "/")
        return of_host and of_path and (not self.secure or _is_trusted(parts))


class CookieJar:
    """All cookies of one browser, and those it refused with the reason."""

    def __init__(self) -> None:
        """Start without cookies."""
        self._cookies: dict[tuple[str, str, str], Cookie] = {}
        self.refused: list[tuple[str, str]] = []

    def store(self, url: str, header: str) -> None:
        """Take one Set-Cookie header."""
        try:
            parsed = SimpleCookie(header)
        except CookieError:
            self.refused.append((header.split("=", maxsplit=1)[0], "malformed"))
            return
        parts = urlsplit(url)
        for name, morsel in parsed.items():
            same_site = str(morsel["samesite"] or "lax").lower()
            domain = morsel["domain"].lstrip(".").lower()
            cookie = Cookie(
                name=name,
                value=morsel.coded_value,
                host=domain or (parts.hostname or ""),
                host_only=not domain,
                path=morsel["path"] or (parts.path.rsplit("/", 1)[0] or "/"),
                secure=bool(morsel["secure"]),
                http_only=bool(morsel["httponly"]),
                same_site=same_site,
                expires=_expiry(morsel["max-age"], morsel["expires"]),
            )
            reason = _reason_to_refuse(cookie, parts)
            if reason:
                self.refused.append((name, reason))
                continue
            self._cookies[cookie.name, cookie.host, cookie.path] = cookie

    def header(self, url: str, *, initiator: str | None, method: str) -> str | None:
        """Give the Cookie header of a top-level navigation that `initiator` caused."""
        cross_site = initiator is not None and site_of(initiator) != site_of(url)
        allowed = {"none", "lax", "strict"}
        if cross_site:
            allowed = {"none", "lax"} if method == "GET" else {"none"}
        parts = urlsplit(url)
        sent = [c for c in self.all() if c.matches(parts) and c.same_site in allowed]
        sent.sort(key=lambda cookie: -len(cookie.path))
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in sent) or None

    def all(self) -> list[Cookie]:
        """List what is stored and has not expired."""
        now = time.time()
        return [c for c in self._cookies.values() if c.expires is None or c.expires > now]

    def get(self, name: str) -> Cookie | None:
        """Find a cookie by its name, on any host."""
        return next((cookie for cookie in self.all() if cookie.name == name), None)

    def clear(self) -> None:
        """Forget everything."""
        self._cookies.clear()

    def end_session(self) -> None:
        """Close the browser: cookies without an expiry go."""
        self._cookies = {key: c for key, c in self._cookies.items() if c.expires is not None}


def _is_trusted(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    return parts.scheme == "https" or host in {"localhost", "127.0.0.1"}


def _expiry(max_age: str, expires: str) -> float | None:
    if max_age:
        return time.time() + int(max_age) if int(max_age) > 0 else 0.0
    return parsedate_to_datetime(expires).timestamp() if expires else None


def _reason_to_refuse(cookie: Cookie, parts: SplitResult) -> str | None:
    host = parts.hostname or ""
    name = cookie.name.lower()
    checks = {
        "Domain of another host": host != cookie.host and not host.endswith(f".{cookie.host}"),
        "Secure from an insecure origin": cookie.secure and not _is_trusted(parts),
        "SameSite=None without Secure": cookie.same_site == "none" and not cookie.secure,
        "__Secure- without Secure": name.startswith("__secure-") and not cookie.secure,
        "__Host- without Secure, with Domain, or with another Path": name.startswith("__host-")
        and not (cookie.secure and cookie.host_only and cookie.path == "/"),
    }
    return next((reason for reason, broken in checks.items() if broken), None)
