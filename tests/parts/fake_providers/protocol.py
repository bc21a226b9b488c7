"""What every fake does: check the request, make a code, redeem it once, sign an ID token."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from urllib.parse import unquote_plus, urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from ciam.clock import Clock, to_epoch_seconds

Endpoint = Callable[[Request], Any]

_KEY = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True)
"""Made once: a test that wants another key makes it."""


@dataclass
class Person:
    """Who is signed in at the provider."""

    subject: str = "1001"
    given_name: str = "花子"
    family_name: str = "佐藤"
    email: str | None = "hanako.sato@example.jp"
    is_verified: bool = True

    @property
    def name(self) -> str:
        """The display name."""
        return f"{self.family_name} {self.given_name}"


@dataclass(frozen=True)
class FakeClient:
    """What is registered at the provider for us."""

    client_id: str
    secret: str
    redirect_uri: str


@dataclass
class Code:
    """An authorization code that was handed out."""

    person: Person
    asked: Mapping[str, str]


class Wrong(Exception):
    """The request is not as the provider's document wants it."""


class FakeProvider:
    """A provider; `tamper` changes the claims of an ID token, `sign` the way it is signed."""

    key: ClassVar[str]
    issuer: ClassVar[str] = ""
    authorization: ClassVar[str]
    token: ClassVar[str]
    basic: ClassVar[bool] = False
    client_id_name: ClassVar[str] = "client_id"
    needs: ClassVar[tuple[str, ...]] = ("state",)
    pkce: ClassVar[bool] = True
    separator: ClassVar[str] = " "
    decline: ClassVar[str] = "access_denied"

    def __init__(self, clock: Clock, client: FakeClient) -> None:
        self.clock = clock
        self.client = client
        self.person = Person()
        self.is_declining = False
        self.granted: str | None = None
        self.codes: dict[str, Code] = {}
        self.tokens: dict[str, Code] = {}
        self.tamper: Callable[[dict[str, Any]], None] = lambda _claims: None
        self.sign: Callable[[dict[str, Any]], str] | None = None
        self.key_asked = 0
        self.signing_key = _KEY
        self.kid = "key-1"

    def routes(self) -> dict[str, Endpoint]:
        """Give the endpoints by host and path."""
        return {self.authorization: self.authorize, self.token: self.redeem, **self.further()}

    def further(self) -> dict[str, Endpoint]:
        """Give the endpoints that only this provider has."""
        return {}

    # The authorization endpoint

    async def authorize(self, request: Request) -> Response:
        """Answer at once as the person who is signed in, or who says no."""
        asked = dict(request.query_params)
        self.check_request(asked)
        state = {"state": asked["state"]}
        if self.is_declining:
            return self.declined(asked)
        code = secrets.token_urlsafe(16)
        self.codes[code] = Code(replace(self.person), asked)
        return self.send_back(asked, {"code": code, **state})

    def check_request(self, asked: Mapping[str, str]) -> None:
        """Raise Wrong for what the real provider shows an error page for."""
        if asked.get(self.client_id_name) != self.client.client_id:
            raise Wrong("client")
        if asked.get("redirect_uri") != self.client.redirect_uri:
            raise Wrong("redirect_uri")
        if asked.get("response_type") != "code":
            raise Wrong("response_type")
        for name in (*self.needs, *(("code_challenge",) if self.pkce else ())):
            if not asked.get(name):
                raise Wrong(name)
        if self.pkce and asked.get("code_challenge_method") != "S256":
            raise Wrong("code_challenge_method")

    def declined(self, asked: Mapping[str, str]) -> Response:
        """Answer for somebody who says no."""
        return self.send_back(asked, {"error": self.decline, "state": asked["state"]})

    def send_back(self, asked: Mapping[str, str], answer: dict[str, str]) -> Response:
        """Send the browser back with the answer."""
        if asked.get("response_mode") == "form_post":
            fields = "".join(
                f"<input type=hidden name={name} value='{value}'>" for name, value in answer.items()
            )
            return HTMLResponse(
                f"<form method=post action='{asked['redirect_uri']}'>{fields}"
                "<button>Continue</button></form>"
            )
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

    # The token endpoint

    async def redeem(self, request: Request) -> Response:
        """Redeem a code once, for the client it was made for (RFC 6749 §4.1.3, RFC 7636 §4.6)."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        if not self.is_authenticated(request, form):
            return self.refuse("invalid_client", 401)
        code = self.codes.pop(form.get("code", ""), None)
        if code is None or form.get("grant_type") != "authorization_code":
            return self.refuse("invalid_grant")
        if form.get("redirect_uri") != code.asked["redirect_uri"]:
            return self.refuse("invalid_grant")
        challenge = code.asked.get("code_challenge")
        if challenge is not None and challenge != _s256(form.get("code_verifier", "")):
            return self.refuse("invalid_grant")
        access_token = secrets.token_urlsafe(16)
        self.tokens[access_token] = code
        return JSONResponse(self.token_response(access_token, code))

    def is_authenticated(self, request: Request, form: Mapping[str, str]) -> bool:
        """Tell whether the client proved itself in the way that this provider wants."""
        if self.basic:
            scheme, _, value = request.headers.get("authorization", "").partition(" ")
            pair = base64.b64decode(value).decode().split(":")
            given = [unquote_plus(part) for part in pair]
            return scheme == "Basic" and given == [self.client.client_id, self.client.secret]
        if form.get(self.client_id_name) != self.client.client_id:
            return False
        return self.is_secret(form.get("client_secret", ""))

    def is_secret(self, secret: str) -> bool:
        """Tell whether a client secret is right."""
        return secret == self.client.secret

    def refuse(self, error: str, status: int = 400) -> Response:
        """Answer an error as this provider does."""
        return JSONResponse({"error": error}, status)

    def token_response(self, access_token: str, code: Code) -> dict[str, Any]:
        """Give what the token endpoint answers."""
        scope = code.asked.get("scope", "") if self.granted is None else self.granted
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": 3600,
            "refresh_token": "refresh-" + access_token,
            "scope": scope,
        }

    def of_token(self, request: Request) -> Code | None:
        """Give whose access token a request carries."""
        value = request.headers.get("authorization", "").removeprefix("Bearer ")
        return self.tokens.get(value)


class OpenIdProvider(FakeProvider):
    """A provider with ID tokens, signed RS256 by a key of its JWKS."""

    jwks: ClassVar[str] = ""
    returns_nonce: ClassVar[bool] = True

    def routes(self) -> dict[str, Endpoint]:
        """Add the keys."""
        return {**super().routes(), **({self.jwks: self.keys} if self.jwks else {})}

    async def keys(self, _request: Request) -> Response:
        """Publish the keys, among others that nobody should stumble over."""
        self.key_asked += 1
        public = {**self.signing_key.as_dict(private=False), "kid": self.kid}
        other = {"kty": "unknown", "kid": self.kid}
        return JSONResponse({"keys": [other, {**public, "use": "enc", "kid": "enc"}, public]})

    def token_response(self, access_token: str, code: Code) -> dict[str, Any]:
        """Add the ID token."""
        return {
            **super().token_response(access_token, code),
            "id_token": self.id_token(code.person, code.asked),
        }

    def id_token(self, person: Person, asked: Mapping[str, str]) -> str:
        """Make an ID token for somebody."""
        now = to_epoch_seconds(self.clock.now())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": person.subject,
            "aud": self.client.client_id,
            "iat": now,
            "exp": now + 3600,
            **self.profile(person),
        }
        if self.returns_nonce and "nonce" in asked:
            claims["nonce"] = asked["nonce"]
        if "max_age" in asked:
            claims["auth_time"] = now
        self.tamper(claims)
        claims = {name: value for name, value in claims.items() if value is not None}
        return self.sign(claims) if self.sign else self.signed(claims)

    def signed(self, claims: dict[str, Any]) -> str:
        """Sign claims as this provider does."""
        return jwt.encode(
            {"alg": "RS256", "kid": self.kid}, claims, self.signing_key, algorithms=["RS256"]
        )

    def profile(self, person: Person) -> dict[str, Any]:
        """Give what the ID token says besides who it is."""
        return {
            "name": person.name,
            "given_name": person.given_name,
            "family_name": person.family_name,
            "email": person.email,
            "email_verified": person.is_verified if person.email else None,
        }

    async def userinfo(self, request: Request) -> Response:
        """Answer the OpenID Connect userinfo request."""
        code = self.of_token(request)
        if code is None:
            return JSONResponse({"error": "invalid_token"}, 401)
        return JSONResponse({"sub": code.person.subject, **self.told(code.person)})

    def told(self, person: Person) -> dict[str, Any]:
        """Give what userinfo says besides who it is."""
        return {name: value for name, value in self.profile(person).items() if value is not None}


def _s256(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass
class Outage:
    """Hosts that do not answer, and those that answer with an error of their own."""

    silent: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
