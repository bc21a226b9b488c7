"""The fakes that know no ID token: who it is comes from an endpoint of their own."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.parts.fake_providers.protocol import Code, Endpoint, FakeProvider, Person


class PlainProvider(FakeProvider):
    """A provider with one endpoint that says who it is."""

    profile_at: str
    fields: str | None = None

    def further(self) -> dict[str, Endpoint]:
        """Add the endpoint."""
        return {self.profile_at: self.who}

    async def who(self, request: Request) -> Response:
        """Say who it is, to who holds an access token and asks for the right fields."""
        code = self.of_token(request)
        if code is None:
            return JSONResponse({"error": {"code": "invalid_token", "message": "no"}}, 401)
        name, _, wanted = (self.fields or "").partition("=")
        if wanted and not set(wanted.split(",")) <= set(request.query_params[name].split(",")):
            return JSONResponse({"error": {"message": "fields"}}, 400)
        return JSONResponse(self.profile(code.person))

    def profile(self, person: Person) -> dict[str, Any]:
        """Give what it says of somebody."""
        raise NotImplementedError


class Facebook(PlainProvider):
    """Facebook: the Graph API, with proof of the secret; an address may be absent."""

    key = "facebook"
    authorization = "www.facebook.com/v24.0/dialog/oauth"
    token = "graph.facebook.com/v24.0/oauth/access_token"
    profile_at = "graph.facebook.com/v24.0/me"
    fields = "fields=id,name,email"

    async def who(self, request: Request) -> Response:
        """Refuse a token without the proof that its bearer knows the secret."""
        token = request.headers["authorization"].removeprefix("Bearer ")
        proof = hmac.new(self.client.secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if request.query_params.get("appsecret_proof") != proof:
            message = "API calls from the server require an appsecret_proof argument"
            return JSONResponse({"error": {"message": message, "code": 100}}, 400)
        return await super().who(request)

    def profile(self, person: Person) -> dict[str, Any]:
        """Leave the address out where there is none."""
        return {
            "id": person.subject,
            "name": person.name,
            "first_name": person.given_name,
            "last_name": person.family_name,
            "picture": {"data": {"url": "https://picture.example.com/1.png"}},
            **({"email": person.email} if person.email else {}),
        }


class X(PlainProvider):
    """X: everything under `data`; the address only where the app may see it."""

    key = "x"
    authorization = "x.com/i/oauth2/authorize"
    token = "api.x.com/2/oauth2/token"
    profile_at = "api.x.com/2/users/me"
    basic = True
    fields = "user.fields=confirmed_email"

    def profile(self, person: Person) -> dict[str, Any]:
        """Say the address only when it was confirmed."""
        address = {"confirmed_email": person.email} if person.email else {}
        said = {"id": person.subject, "name": person.name, "username": "hanako"}
        return {"data": {**said, **address}}


class Amazon(PlainProvider):
    """Amazon: `user_id`, and an address nobody vouches for."""

    key = "amazon"
    authorization = "www.amazon.co.jp/ap/oa"
    token = "api.amazon.co.jp/auth/o2/token"
    profile_at = "api.amazon.co.jp/user/profile"

    def profile(self, person: Person) -> dict[str, Any]:
        """Say the id, the name and the address."""
        return {"user_id": person.subject, "name": person.name, "email": person.email}


class GitHub(PlainProvider):
    """GitHub: numeric id, addresses apart, errors with 200."""

    key = "github"
    authorization = "github.com/login/oauth/authorize"
    token = "github.com/login/oauth/access_token"
    profile_at = "api.github.com/user"

    def further(self) -> dict[str, Endpoint]:
        """Add the addresses."""
        return {**super().further(), "api.github.com/user/emails": self.emails}

    async def emails(self, request: Request) -> Response:
        """Give all addresses; only one of them is primary and verified."""
        code = self.of_token(request)
        if code is None:
            return JSONResponse({"message": "Requires authentication"}, 401)
        person = code.person
        other = {"email": "other@example.com", "primary": False, "verified": True}
        mine = {"email": person.email, "primary": True, "verified": person.is_verified}
        return JSONResponse([other, *([mine] if person.email else [])])

    def refuse(self, error: str, status: int = 200) -> Response:  # noqa: ARG002 - GitHub has no other
        """Answer an error with 200."""
        return JSONResponse({"error": error, "error_description": "no"}, 200)

    def profile(self, person: Person) -> dict[str, Any]:
        """Say a numeric id, and free text as address."""
        return {
            "id": int(person.subject),
            "login": "hanako",
            "name": person.name,
            "email": "anything@typed.example",
        }


class TikTok(PlainProvider):
    """TikTok: `client_key`, commas, a subset of scopes, no address."""

    key = "tiktok"
    authorization = "www.tiktok.com/v2/auth/authorize/"
    token = "open.tiktokapis.com/v2/oauth/token/"
    profile_at = "open.tiktokapis.com/v2/user/info/"
    client_id_name = "client_key"
    needs = ("state", "scope")
    pkce = False
    fields = "fields=open_id,display_name"

    def token_response(self, access_token: str, code: Code) -> dict[str, Any]:
        """Name the person in the token response."""
        return {**super().token_response(access_token, code), "open_id": code.person.subject}

    async def who(self, request: Request) -> Response:
        """Refuse who was not granted the scope."""
        if self.granted is not None and "user.info.basic" not in self.granted.split(","):
            error = {"code": "scope_not_authorized", "message": "no", "log_id": "1"}
            return JSONResponse({"data": {}, "error": error}, 401)
        return await super().who(request)

    def profile(self, person: Person) -> dict[str, Any]:
        """Say that all is well, and the display name."""
        user = {"open_id": person.subject, "display_name": person.name}
        return {"data": {"user": user}, "error": {"code": "ok", "message": "", "log_id": "1"}}


class Discord(PlainProvider):
    """Discord: `verified` beside the address."""

    key = "discord"
    authorization = "discord.com/oauth2/authorize"
    token = "discord.com/api/oauth2/token"
    profile_at = "discord.com/api/users/@me"

    def profile(self, person: Person) -> dict[str, Any]:
        """Say the id, the names and the address."""
        return {
            "id": person.subject,
            "username": "hanako",
            "global_name": person.name,
            "email": person.email,
            "verified": person.is_verified,
            "locale": "ja",
        }


class Naver(PlainProvider):
    """Naver: no scopes, the state at the token endpoint too, errors with 200."""

    key = "naver"
    authorization = "nid.naver.com/oauth2.0/authorize"
    token = "nid.naver.com/oauth2.0/token"
    profile_at = "openapi.naver.com/v1/nid/me"
    pkce = False

    async def redeem(self, request: Request) -> Response:
        """Want the state."""
        form = await request.form()
        code = self.codes.get(str(form.get("code")))
        if code is not None and form.get("state") != code.asked["state"]:
            return self.refuse("invalid_request")
        return await super().redeem(request)

    def refuse(self, error: str, status: int = 200) -> Response:  # noqa: ARG002 - Naver has no other
        """Answer an error with 200."""
        return JSONResponse({"error": error, "error_description": "no"}, 200)

    def profile(self, person: Person) -> dict[str, Any]:
        """Say everything under `response`."""
        response = {"id": person.subject, "email": person.email, "name": person.name}
        return {"resultcode": "00", "message": "success", "response": response}
