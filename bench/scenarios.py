"""What is asked of every server: the same operations, each checked for its answer."""

import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.targets import REDIRECT, SECRET, Target, new_verifier
from bench.wire import Answer, Connection

_CLIENT: Final = {"client_id": "bench", "client_secret": SECRET}


@dataclass
class User:
    """One virtual user: a connection, cookies, and what it got so far."""

    target: Target
    connection: Connection
    cookies: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)

    def headers(self) -> dict[str, str]:
        """Give the cookies as a header."""
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}


class WrongAnswer(Exception):
    """The server did not do what was asked; a figure made of refusals would not count."""


async def client_credentials(user: User) -> None:
    """Ask for a client's own token."""
    form = {"grant_type": "client_credentials", "scope": "api", **_CLIENT}
    _json(await user.connection.post(user.target.token, form))


async def code(user: User) -> None:
    """Ask for a code with the session that is there, and redeem it."""
    user.tokens = await _sign_in(user)


async def refresh(user: User) -> None:
    """Refresh; each user has a family of their own, and the token rotates."""
    if "refresh_token" not in user.tokens:
        user.tokens = await _sign_in(user)
    form = {"grant_type": "refresh_token", "refresh_token": user.tokens["refresh_token"]}
    user.tokens = _json(await user.connection.post(user.target.token, form | _CLIENT))


async def introspection(user: User) -> None:
    """Introspect a refresh token, which both servers look up."""
    if "refresh_token" not in user.tokens:
        user.tokens = await _sign_in(user)
    form = {"token": user.tokens["refresh_token"], **_CLIENT}
    answer = _json(await user.connection.post(user.target.introspect, form))
    if answer.get("active") is not True:
        raise WrongAnswer(f"{user.target.name}: inactive")


async def jwks(user: User) -> None:
    """Fetch the keys."""
    _json(await user.connection.get(user.target.jwks))


SCENARIOS: Final[dict[str, Callable[[User], Awaitable[None]]]] = {
    "client_credentials": client_credentials,
    "code": code,
    "refresh": refresh,
    "introspection": introspection,
    "jwks": jwks,
}


def authorization_request() -> tuple[str, str]:
    """Make an authorization request; gives its query and the PKCE verifier."""
    verifier = new_verifier()
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "client_id": "bench",
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "openid offline_access api",
        "state": "s",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return urlencode(query), verifier


async def redeem(
    connection: Connection, target: Target, location: str, verifier: str
) -> dict[str, Any]:
    """Redeem the code in the address of the relying app; raise WrongAnswer without one."""
    values = parse_qs(urlsplit(location).query)
    if "code" not in values:
        raise WrongAnswer(f"{target.name}: no code: {values}")
    form = {
        "grant_type": "authorization_code",
        "code": values["code"][0],
        "redirect_uri": REDIRECT,
        "code_verifier": verifier,
    }
    return _json(await connection.post(target.token, form | _CLIENT))


async def _sign_in(user: User) -> dict[str, Any]:
    query, verifier = authorization_request()
    location = f"{user.target.authorize}?{query}"
    for _ in range(8):
        answer = await user.connection.get(location, user.headers())
        user.cookies |= {name: value for name, value in answer.cookies.items() if value}
        location = answer.headers.get("location", "")
        if location.startswith(REDIRECT):
            break
        parts = urlsplit(location)
        location = parts.path + (f"?{parts.query}" if parts.query else "")
        if not location:
            raise WrongAnswer(f"{user.target.name}: {answer.status} {answer.body[:200]!r}")
    return await redeem(user.connection, user.target, location, verifier)


def _json(answer: Answer) -> dict[str, Any]:
    if answer.status != 200:
        raise WrongAnswer(f"{answer.status} {answer.body[:200]!r}")
    decoded: dict[str, Any] = json.loads(answer.body)
    return decoded
