"""A relying app in plain httpx: it believes nothing that the specifications tell it to check."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.flows.clients.installation import SECRETS


class NotSignedIn(AssertionError):
    """The answer was an error; carries it."""

    def __init__(self, answer: dict[str, str]) -> None:
        """Take the parameters of the answer."""
        super().__init__(str(answer))
        self.answer = answer
        self.code = answer.get("error", "")


@dataclass
class Attempt:
    """One request for authorization, and what must come back with its answer."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass
class Tokens:
    """What the token endpoint gave."""

    document: dict[str, Any] = field(repr=False)
    claims: dict[str, Any] = field(default_factory=dict)

    @property
    def access(self) -> str:
        """The access token."""
        return str(self.document["access_token"])

    @property
    def refresh(self) -> str:
        """The refresh token."""
        return str(self.document["refresh_token"])

    @property
    def scope(self) -> frozenset[str]:
        """The granted scopes."""
        return frozenset(self.document["scope"].split())


class RelyingApp:
    """One client of the server."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        redirect_uri: str,
        scope: str,
        *,
        algorithm: str = "RS256",
        method: str = "client_secret_basic",
    ) -> None:
        """Take what the operator registered."""
        self.issuer, self.client_id, self.redirect_uri = issuer, client_id, redirect_uri
        self.scope, self.algorithm, self.method = scope, algorithm, method
        self.secret = SECRETS.get(f"{client_id.upper()}_SECRET", "")
        self.http = httpx.AsyncClient(base_url=issuer, trust_env=False, timeout=30)
        self.metadata: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        """Read the discovery document; its issuer must be the one asked (OIDC Discovery §4.3)."""
        answer = await self.http.get("/.well-known/openid-configuration")
        assert answer.status_code == 200, answer.text
        self.metadata = answer.json()
        assert self.metadata["issuer"] == self.issuer
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.http.aclose()

    @property
    def home(self) -> str:
        """The page of the app that a person comes from."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}/"

    def begin(self, **changes: str | None) -> Attempt:
        """Make an authorization request; None leaves a parameter out."""
        verifier, state, nonce = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        parameters: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **changes,
        }
        query = urlencode({name: value for name, value in parameters.items() if value is not None})
        url = f"{self.metadata['authorization_endpoint']}?{query}"
        return Attempt(url, state, nonce, verifier)

    async def finish(self, attempt: Attempt, url: str) -> Tokens:
        """Take the address that the browser was sent to."""
        assert url.startswith(self.redirect_uri), url
        return await self.finish_with(attempt, dict(parse_qsl(urlsplit(url).query)))

    async def finish_with(self, attempt: Attempt, answer: dict[str, str]) -> Tokens:
        """Check an answer and exchange its code."""
        assert answer.get("state") == attempt.state, answer
        assert answer.get("iss") == self.issuer, answer  # RFC 9207 §2.4
        if "error" in answer:
            raise NotSignedIn(answer)
        reply = await self.redeem(attempt, answer["code"])
        assert reply.status_code == 200, reply.text
        assert reply.headers["cache-control"] == "no-store"
        tokens = Tokens(reply.json())
        assert tokens.document["token_type"].lower() == "bearer"
        tokens.claims = await self.check_id_token(tokens.document["id_token"])
        assert tokens.claims["nonce"] == attempt.nonce
        return tokens

    async def redeem(self, attempt: Attempt, code: str) -> httpx.Response:
        """Exchange a code (RFC 6749 §4.1.3, RFC 7636 §4.5)."""
        return await self.post(
            "token_endpoint",
            grant_type="authorization_code",
            code=code,
            redirect_uri=self.redirect_uri,
            code_verifier=attempt.verifier,
        )

    async def check_id_token(self, token: str) -> dict[str, Any]:
        """Check signature, algorithm, issuer, audience and time (OIDC Core §3.1.3.7)."""
        keys = KeySet.import_key_set((await self.http.get(self.metadata["jwks_uri"])).json())
        decoded = jwt.decode(token, keys, algorithms=[self.algorithm])
        assert decoded.header["alg"] == self.algorithm
        checks = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        checks.validate(decoded.claims)
        return dict(decoded.claims)

    async def refresh(self, token: str, **more: str) -> httpx.Response:
        """Ask for new tokens (RFC 6749 §6)."""
        return await self.post(
            "token_endpoint", grant_type="refresh_token", refresh_token=token, **more
        )

    async def userinfo(self, access: str) -> httpx.Response:
        """Ask who the customer is (OIDC Core §5.3)."""
        headers = {"Authorization": f"Bearer {access}"}
        return await self.http.get(self.metadata["userinfo_endpoint"], headers=headers)

    async def claims(self, access: str) -> dict[str, Any]:
        """Ask who the customer is, and expect an answer."""
        answer = await self.userinfo(access)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return dict(answer.json())

    async def introspect(self, token: str) -> dict[str, Any]:
        """Ask what a token is (RFC 7662)."""
        answer = await self.post("introspection_endpoint", token=token)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def revoke(self, token: str) -> httpx.Response:
        """Give a token back (RFC 7009)."""
        return await self.post("revocation_endpoint", token=token)

    async def post(self, endpoint: str, **parameters: str) -> httpx.Response:
        """Send a form to an endpoint, authenticated as registered."""
        if self.method == "client_secret_basic":
            auth = httpx.BasicAuth(self.client_id, self.secret)
            return await self.http.post(self.metadata[endpoint], data=parameters, auth=auth)
        parameters["client_id"] = self.client_id
        if self.method == "client_secret_post":
            parameters["client_secret"] = self.secret
        return await self.http.post(self.metadata[endpoint], data=parameters)


def shop(installation_url: str, address: str = "https://shop.example.jp") -> RelyingApp:
    """Give the shop: confidential, Basic, ES256, our own."""
    scope = "openid profile email offline_access consents"
    return RelyingApp(installation_url, "shop", f"{address}/callback", scope, algorithm="ES256")


def points(installation_url: str) -> RelyingApp:
    """Give the second app of the same business, which needs no page of its own."""
    return RelyingApp(
        installation_url,
        "points",
        "https://points.example.jp/callback",
        "openid profile email",
        method="client_secret_post",
    )


def partner(installation_url: str) -> RelyingApp:
    """Give an app of somebody else, with pairwise subjects."""
    return RelyingApp(
        installation_url,
        "partner",
        "https://partner.example.com/callback?from=books",
        "openid email offline_access consents",
    )
