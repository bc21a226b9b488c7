"""The demo's LINE: a rehearsal copy that signs nobody in, for whoever sits at this computer.

It answers as LINE Login v2.1 does (HS256 by the channel secret, a code once, PKCE), below the
hosts of the real one, because the demo's connection has it as its sandbox. Nobody needs an account.
"""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import OctKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from ciam.cli.demo.pages import answer, own_form, shared_routes

CHANNEL: Final = "demo-channel"
CONNECTION: Final = "line"
_AUTHORIZE: Final = "/access.line.me/oauth2/v2.1/authorize"
_TOKEN: Final = "/api.line.me/oauth2/v2.1/token"
_CODE_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class LinePerson:
    """Somebody who could have an account at LINE; the names are made up."""

    subject: str
    name: str
    email: str | None
    says: tuple[str, str]


PEOPLE: Final = (
    LinePerson(
        "U0000000000000000000000000000hana",
        "はなこ",
        "hanako.sato@example.jp",
        ("つむぎ商店の会員と同じメールアドレスです。", "Has the address of a member of the shop."),
    ),
    LinePerson(
        "U0000000000000000000000000000mina",
        "みなと",
        "minato.kobayashi@example.jp",
        ("つむぎ商店にはまだ登録していません。", "Is not a member of the shop yet."),
    ),
    LinePerson(
        "U0000000000000000000000000000tsub",
        "つばさ",
        None,
        ("LINEにメールアドレスを登録していません。", "Has no e-mail address at LINE."),
    ),
)


@dataclass
class FakeLine:
    """Where it is, whom it serves, and the codes it has handed out."""

    address: str
    server: str
    secret: str = field(repr=False)
    codes: dict[str, tuple[LinePerson, dict[str, str], float]] = field(default_factory=dict)

    @property
    def redirect_uri(self) -> str:
        """The callback that is registered here."""
        return f"{self.server}/federation/{CONNECTION}/callback"

    async def ask(self, request: Request) -> Response:
        """Show whom one can be."""
        asked = request.query_params
        is_known = asked.get("client_id") == CHANNEL and asked.get("response_type") == "code"
        if not is_known or asked.get("redirect_uri") != self.redirect_uri or not asked.get("state"):
            return PlainTextResponse("This demo of LINE serves the demo's server alone.\n", 400)
        policy = (
            "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none';"
            f" form-action 'self' {self.server}; frame-ancestors 'none'"
        )
        return answer(
            request, "fake_line.html", policy=policy, people=PEOPLE, query=request.url.query
        )

    async def decide(self, request: Request) -> Response:
        """Send the browser back as somebody, or as somebody who says no."""
        asked = dict(request.query_params)
        if asked.get("redirect_uri") != self.redirect_uri:
            return PlainTextResponse("This demo of LINE serves the demo's server alone.\n", 400)
        chosen = str((await request.form()).get("person", ""))
        person = next((one for one in PEOPLE if one.subject == chosen), None)
        back = {"state": asked.get("state", "")}
        if person is None:
            back |= {"error": "access_denied", "error_description": "The resource owner denied."}
        else:
            code = secrets.token_urlsafe(20)
            self.codes[code] = (person, asked, time.time() + _CODE_SECONDS)
            back |= {"code": code}
        return RedirectResponse(f"{self.redirect_uri}?{urlencode(back)}", status_code=303)

    async def redeem(self, request: Request) -> Response:
        """Redeem a code once (RFC 6749 §4.1.3), and sign an ID token as LINE does."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        if form.get("client_id") != CHANNEL or not self._is_secret(form.get("client_secret", "")):
            return JSONResponse({"error": "invalid_client"}, 401)
        person, asked, expires = self.codes.pop(form.get("code", ""), (None, {}, 0.0))
        challenge = str(create_s256_code_challenge(form.get("code_verifier", "")))
        is_right = challenge == asked.get("code_challenge") and time.time() < expires
        if person is None or not is_right or form.get("redirect_uri") != self.redirect_uri:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(32),
                "refresh_token": secrets.token_urlsafe(16),
                "token_type": "Bearer",
                "expires_in": 2_592_000,
                "scope": asked.get("scope", ""),
                "id_token": self._id_token(person, asked),
            }
        )

    def _id_token(self, person: LinePerson, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": f"{self.address}/access.line.me",
            "sub": person.subject,
            "aud": CHANNEL,
            "exp": now + 3600,
            "iat": now,
            "nonce": asked.get("nonce", ""),
            "amr": ["linesso"],
            "name": person.name,
        }
        if person.email is not None and "email" in asked.get("scope", "").split():
            claims["email"] = person.email
        if "max_age" in asked:
            claims["auth_time"] = now
        key = OctKey.import_key(self.secret)
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, key, algorithms=["HS256"])

    def _is_secret(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self.secret.encode())


def build_fake_line(address: str, server: str, secret: str) -> Starlette:
    """Build the copy of LINE at an address, for one server."""
    line = FakeLine(address, server, secret)
    return Starlette(
        routes=[
            Route(_AUTHORIZE, line.ask, methods=["GET"]),
            Route(_AUTHORIZE, own_form(address, line.decide), methods=["POST"]),
            Route(_TOKEN, line.redeem, methods=["POST"]),
            *shared_routes,
        ]
    )
