"""What the shop knows of who signed in, and how it talks to the server: Authlib's client.

Code flow with PKCE (RFC 7636), state, nonce, and the issuer of the response (RFC 9207). The tokens
stay in the memory of the shop; the browser holds a random key to them.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.integrations.starlette_client import OAuth, OAuthError
from starlette.requests import Request

SCOPE: Final = "openid profile email consents"
_FORBIDDEN: Final = 400

__all__ = ["OAuthError", "RelyingParty", "SignedIn"]


@dataclass
class SignedIn:
    """One person at the shop: what the ID token, UserInfo and the token endpoint said."""

    id_claims: dict[str, Any]
    tokens: dict[str, Any] = field(repr=False)
    userinfo: dict[str, Any] = field(default_factory=dict)
    problem: str = ""

    @property
    def name(self) -> str:
        """What to call them: their name, else their address."""
        return str(self.userinfo.get("name") or self.userinfo.get("email") or "?")

    @property
    def facts(self) -> dict[str, Any]:
        """What UserInfo said, without the decisions, which are shown apart."""
        return {name: value for name, value in self.userinfo.items() if name != "consents"}

    @property
    def consents(self) -> list[dict[str, Any]]:
        """What they decided on each purpose."""
        found = self.userinfo.get("consents", [])
        return [one for one in found if isinstance(one, dict)]

    def agreed(self, purpose: str) -> bool:
        """Tell whether their data may be used for a purpose now."""
        return any(
            one.get("purpose") == purpose and one.get("state") == "given" for one in self.consents
        )

    @property
    def token_facts(self) -> dict[str, Any]:
        """What may be shown of the tokens: never the tokens."""
        shown = {name: self.tokens[name] for name in ("scope", "token_type", "expires_in")}
        return shown | {
            name: f"{self.tokens[name][:12]}…"
            for name in ("access_token", "refresh_token", "id_token")
            if self.tokens.get(name)
        }


class RelyingParty:
    """The shop as a client of the server."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        """Take what the operator was told when the client was registered."""
        self.issuer = issuer
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        oauth = OAuth()
        oauth.register(
            name="ciam",
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
            **self._credentials,
        )
        self.client = oauth.create_client("ciam")

    async def finish(self, request: Request) -> SignedIn:
        """Take the answer of the authorization endpoint; raise OAuthError when it is none."""
        if request.query_params.get("iss", self.issuer) != self.issuer:
            raise OAuthError("wrong_issuer", "the answer came from another server")
        tokens = await self.client.authorize_access_token(request)
        person = SignedIn(dict(tokens.pop("userinfo", {})), dict(tokens))
        await self.ask_userinfo(person)
        return person

    async def ask_userinfo(self, person: SignedIn) -> None:
        """Ask UserInfo anew; what it refuses is kept as a problem (OIDC Core §5.3.3)."""
        metadata = await self.client.load_server_metadata()
        answer = await self.client.get(metadata["userinfo_endpoint"], token=person.tokens)
        if answer.status_code >= _FORBIDDEN:
            person.problem = answer.headers.get("www-authenticate", str(answer.status_code))
            person.userinfo = {}
            return
        claims = answer.json()
        if claims.get("sub") != person.id_claims.get("sub"):
            raise OAuthError("wrong_subject", "UserInfo speaks of somebody else")
        person.userinfo, person.problem = claims, ""

    async def refresh(self, person: SignedIn) -> None:
        """Get new tokens (RFC 6749 §6) and ask UserInfo with them."""
        metadata = await self.client.load_server_metadata()
        async with self._open() as session:
            fresh = await session.refresh_token(
                metadata["token_endpoint"], refresh_token=person.tokens.get("refresh_token", "")
            )
        person.tokens |= fresh
        await self.ask_userinfo(person)

    async def revoke(self, person: SignedIn) -> None:
        """Give the refresh token back, and all that came of it (RFC 7009 §2.1)."""
        metadata = await self.client.load_server_metadata()
        async with self._open() as session:
            await session.revoke_token(
                metadata["revocation_endpoint"],
                token=person.tokens.get("refresh_token") or person.tokens["access_token"],
            )
        await self.ask_userinfo(person)

    def _open(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(**self._credentials)
