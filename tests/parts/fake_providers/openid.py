"""The fakes that answer with an ID token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from ciam.clock import to_epoch_seconds
from tests.parts.fake_providers.protocol import Endpoint, OpenIdProvider, Person, Wrong

TENANT = "11111111-2222-3333-4444-555555555555"


class Line(OpenIdProvider):
    """LINE: HS256 by the channel secret, no kid; an address only with the scope, never verified."""

    key = "line"
    issuer = "https://access.line.me"
    authorization = "access.line.me/oauth2/v2.1/authorize"
    token = "api.line.me/oauth2/v2.1/token"

    def signed(self, claims: dict[str, Any]) -> str:
        """Sign with the channel secret."""
        secret = OctKey.import_key(self.client.secret)
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, secret, algorithms=["HS256"])

    def profile(self, person: Person) -> dict[str, Any]:
        """Say the display name, and how the person signed in."""
        return {
            "name": person.name,
            "picture": "https://profile.example.com/1.png",
            "email": person.email,
            "amr": ["linesso"],
        }


class YahooJapan(OpenIdProvider):
    """Yahoo! JAPAN: `bail` or no way back, userinfo on another host, kana in the claims."""

    key = "yahoo_japan"
    issuer = "https://auth.login.yahoo.co.jp/yconnect/v2"
    authorization = "auth.login.yahoo.co.jp/yconnect/v2/authorization"
    token = "auth.login.yahoo.co.jp/yconnect/v2/token"
    jwks = "auth.login.yahoo.co.jp/yconnect/v2/jwks"
    basic = True

    def further(self) -> dict[str, Endpoint]:
        """Userinfo is called attribute."""
        return {"userinfo.yahooapis.jp/yconnect/v2/attribute": self.userinfo}

    def declined(self, asked: Mapping[str, str]) -> Response:
        """Keep who declines on Yahoo's top page, unless asked not to."""
        if asked.get("bail") != "1":
            return HTMLResponse("<h1>Yahoo! JAPAN</h1>")
        return super().declined(asked)

    def profile(self, person: Person) -> dict[str, Any]:  # noqa: ARG002 - nobody is described
        """Say nothing in the ID token."""
        return {"amr": ["pwd"]}

    def told(self, person: Person) -> dict[str, Any]:
        """Say names with their readings, and only the year of birth."""
        return {
            "name": person.name,
            "given_name": person.given_name,
            "given_name#ja-Kana-JP": "ハナコ",
            "family_name": person.family_name,
            "family_name#ja-Kana-JP": "サトウ",
            "birthdate": "1990",
            **({"email": person.email} if person.email else {}),
            "email_verified": person.is_verified,
        }


class Google(OpenIdProvider):
    """Google: plain OpenID Connect; the issuer was long written without https."""

    key = "google"
    issuer = "https://accounts.google.com"
    authorization = "accounts.google.com/o/oauth2/v2/auth"
    token = "oauth2.googleapis.com/token"
    jwks = "www.googleapis.com/oauth2/v3/certs"


class Apple(OpenIdProvider):
    """Apple: form_post, a minted secret, the name once and unsigned, booleans as strings."""

    key = "apple"
    issuer = "https://appleid.apple.com"
    authorization = "appleid.apple.com/auth/authorize"
    token = "appleid.apple.com/auth/token"
    jwks = "appleid.apple.com/auth/keys"
    pkce = False
    decline = "user_cancelled_authorize"
    is_first = True
    is_private = False

    def check_request(self, asked: Mapping[str, str]) -> None:
        """Refuse name or email without form_post."""
        super().check_request(asked)
        if asked.get("scope") and asked.get("response_mode") != "form_post":
            raise Wrong("response_mode must be form_post when name or email scope is requested")

    def send_back(self, asked: Mapping[str, str], answer: dict[str, str]) -> Response:
        """Say the name with the first answer, and never again."""
        if "code" in answer and self.is_first:
            name = {"firstName": self.person.given_name, "lastName": self.person.family_name}
            user = {"name": name, "email": self.person.email}
            answer = {**answer, "user": json.dumps(user)}
            self.is_first = False
        return super().send_back(asked, answer)

    def is_secret(self, secret: str) -> bool:
        """Take an ES256 JWT of the team's key for at most six months."""
        try:
            public = ECKey.import_key(ECKey.import_key(self.client.secret).as_pem(private=False))
            token = jwt.decode(secret, public, algorithms=["ES256"])
        except (JoseError, ValueError):
            return False
        claims, now = token.claims, to_epoch_seconds(self.clock.now())
        return bool(
            token.header["kid"] == "KEY1234567"
            and claims["iss"] == "TEAM123456"
            and claims["sub"] == self.client.client_id
            and claims["aud"] == self.issuer
            and now < claims["exp"] <= now + 15_777_000
        )

    def profile(self, person: Person) -> dict[str, Any]:
        """Say booleans as strings."""
        return {
            "email": person.email,
            "email_verified": "true" if person.is_verified else "false",
            "is_private_email": "true" if self.is_private else None,
            "nonce_supported": True,
        }


class Microsoft(OpenIdProvider):
    """Microsoft: the issuer is that of the person's tenant; an address that anybody may set."""

    key = "microsoft"
    authorization = "login.microsoftonline.com/common/oauth2/v2.0/authorize"
    token = "login.microsoftonline.com/common/oauth2/v2.0/token"
    jwks = "login.microsoftonline.com/common/discovery/v2.0/keys"
    tenant = TENANT
    edov: object = None

    @property
    def issuer(self) -> str:  # type: ignore[override]  # of the person, not of the provider
        """The issuer of the person's tenant."""
        return f"https://login.microsoftonline.com/{self.tenant}/v2.0"

    def profile(self, person: Person) -> dict[str, Any]:
        """Name the tenant and the object; `sub` is of this app alone."""
        return {
            "sub": f"pairwise-{person.subject}",
            "oid": person.subject,
            "tid": self.tenant,
            "ver": "2.0",
            "name": person.name,
            "email": person.email,
            "xms_edov": self.edov,
        }


class LinkedIn(OpenIdProvider):
    """LinkedIn: no nonce comes back, no PKCE."""

    key = "linkedin"
    issuer = "https://www.linkedin.com/oauth"
    authorization = "www.linkedin.com/oauth/v2/authorization"
    token = "www.linkedin.com/oauth/v2/accessToken"
    jwks = "www.linkedin.com/oauth/openid/jwks"
    pkce = False
    returns_nonce = False
    decline = "user_cancelled_login"

    def further(self) -> dict[str, Endpoint]:
        """Userinfo is on the API's host."""
        return {"api.linkedin.com/v2/userinfo": self.userinfo}


class Kakao(OpenIdProvider):
    """Kakao: an address only by a consent item."""

    key = "kakao"
    issuer = "https://kauth.kakao.com"
    authorization = "kauth.kakao.com/oauth/authorize"
    token = "kauth.kakao.com/oauth/token"
    jwks = "kauth.kakao.com/.well-known/jwks.json"

    def further(self) -> dict[str, Endpoint]:
        """Userinfo is on the API's host."""
        return {"kapi.kakao.com/v1/oidc/userinfo": self.userinfo}

    def profile(self, person: Person) -> dict[str, Any]:
        """Say the nickname."""
        return {"nickname": person.given_name, "email": person.email}


class OpenId(OpenIdProvider):
    """Any OpenID provider: all it has to say stands in its discovery document."""

    key = "openid"
    issuer = "https://login.partner.example"
    authorization = "login.partner.example/authorize"
    token = "login.partner.example/token"
    jwks = "login.partner.example/keys"
    basic = True
    says_issuer = "https://login.partner.example"

    def further(self) -> dict[str, Endpoint]:
        """Publish the discovery document."""
        return {
            "login.partner.example/.well-known/openid-configuration": self.discovery,
            "login.partner.example/me": self.userinfo,
        }

    async def discovery(self, _request: Request) -> Response:
        """Answer OpenID Connect Discovery §4."""
        return JSONResponse(
            {
                "issuer": self.says_issuer,
                "authorization_endpoint": f"https://{self.authorization}",
                "token_endpoint": f"https://{self.token}",
                "userinfo_endpoint": "https://login.partner.example/me",
                "jwks_uri": f"https://{self.jwks}",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    def send_back(self, asked: Mapping[str, str], answer: dict[str, str]) -> Response:
        """Name the issuer in the answer (RFC 9207)."""
        return super().send_back(asked, {**answer, "iss": self.issuer})


class DAccount(OpenIdProvider):
    """A provider whose addresses come with a contract and are published nowhere."""

    key = "daccount"
    issuer = "https://id.contract.example"
    authorization = "id.contract.example/auth"
    token = "id.contract.example/token"
    jwks = "id.contract.example/keys"
