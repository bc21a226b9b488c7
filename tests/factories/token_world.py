"""A customer with a session, apps of each kind and the protocol endpoints over them, for tests.

The authorization endpoint is left out: what it would have written is written by the same rules.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from ciam.consent.client_grants import find_grant, give_grant
from ciam.errors import CiamError
from ciam.identifiers import hash_secret, new_opaque, new_secret
from ciam.keys.signing import ensure_signing_keys
from ciam.oauth.exchange import exchange
from ciam.oauth.grant import TokenResponse
from ciam.oauth.registration import ClientMetadata
from ciam.oauth.revocation import revoke
from ciam.oauth.tokens.access_token import audience_of
from ciam.oauth.tokens.authorization_code import issue_code
from ciam.oauth.tokens.state import find_active_refresh_token
from ciam.settings import Settings
from ciam.storage import Database
from ciam.storage.stores.clients import Client
from ciam.storage.stores.sessions import Session
from ciam.storage.stores.signing_keys import SigningKey
from ciam.web.error_responses import answer_error
from ciam.web.headers import ResponseHeaders
from ciam.web.protocol import introspection, revocation, token, userinfo
from tests.parts.clock import FakeClock

ISSUER = "https://id.example.jp"
VERIFIER = "a-verifier-of-the-tests-that-is-long-enough-1234"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]
SCOPES = "openid profile email offline_access orders"

CLIENTS: dict[str, dict[str, Any]] = {
    "shop": {},  # confidential, Basic, does not rotate
    "rotating": {"refresh_rotation": "always"},
    "spa": {"token_endpoint_auth_method": "none"},  # public: rotates
    "keeping": {"token_endpoint_auth_method": "none", "refresh_rotation": "never"},
    "posting": {"token_endpoint_auth_method": "client_secret_post"},
    "opaque": {"access_token_format": "opaque", "refresh_rotation": "always"},
    "rich": {"id_token_claims": True, "id_token_signed_response_alg": "ES256"},
    "for-api": {"audience": ["orders-api"]},
    "once": {"grant_types": ["authorization_code"]},
    "batch": {"grant_types": ["client_credentials"], "scope": "openid email orders stock"},
    "orders-api": {"grant_types": ["client_credentials"], "scope": "orders"},
}


def secret_of(client_id: str) -> str:
    """Give the secret of a client of the tests, with characters that have to be form-encoded."""
    return f"{client_id}: a secret+of %41 & 32 bytes"


def redirect_uri_of(client_id: str) -> str:
    """Give the redirect URI of a client of the tests."""
    return f"https://{client_id}.example.com/callback"


def basic(client_id: str, secret: str | None = None) -> str:
    """Give an Authorization header as RFC 6749 §2.3.1 wants it: form-encoded, then joined."""
    halves = (client_id, secret_of(client_id) if secret is None else secret)
    joined = ":".join(str(httpx.QueryParams({"": half}))[1:] for half in halves)
    return "Basic " + base64.b64encode(joined.encode()).decode()


@dataclass
class TokenWorld:
    """What every test of tokens starts from."""

    database: Database
    clock: FakeClock
    customer: UUID
    session: Session
    http: httpx.AsyncClient

    async def client(self, client_id: str) -> Client:
        """Give a registered client."""
        async with self.database.read() as transaction:
            found = await transaction.clients.find(client_id)
        assert found is not None
        return found

    async def family(self, client_id: str, *, scopes: str = SCOPES, **columns: Any) -> UUID:  # noqa: ANN401 - columns of the table
        """Begin a family as the authorization endpoint does once a customer has agreed."""
        granted = frozenset(scopes.split())
        client = await self.client(client_id)
        async with self.database.write() as transaction:
            grant = await give_grant(transaction, self.customer, client, granted, screen=None)
            client_session = await transaction.sessions.get_client_session(
                self.session.id, client.id
            )
            values: dict[str, Any] = {
                "client": client.id,
                "customer": self.customer,
                "client_grant": grant.id,
                "client_session": client_session.id,
                "subject": f"sub-at-{client_id}",
                "scopes": sorted(granted),
                "claims": None,
                "audience": list(audience_of(client, granted, ISSUER)),
                "epoch": grant.epoch,
                "authenticated_at": self.session.authenticated_at,
                "acr": self.session.acr,
                "amr": list(self.session.amr),
                "nonce": "n-0S6_WzA2Mj",
                "offline": "offline_access" in granted,
                "expires_at": self.clock.now() + timedelta(days=180),
            }
            return await transaction.authorizations.start(values | columns)

    async def code(
        self,
        client_id: str = "shop",
        *,
        challenge: str | None = CHALLENGE,
        scopes: str = SCOPES,
        **columns: Any,  # noqa: ANN401 - columns of the table
    ) -> str:
        """Give a code, as the authorization endpoint does."""
        family = await self.family(client_id, scopes=scopes, **columns)
        client = await self.client(client_id)
        async with self.database.write() as transaction:
            return await issue_code(
                transaction,
                family,
                client,
                redirect_uri=redirect_uri_of(client_id),
                code_challenge=challenge,
            )

    def credentials(self, client_id: str) -> tuple[str | None, dict[str, str]]:
        """Give Authorization header and parameters by which a client of the tests proves itself."""
        method = CLIENTS[client_id].get("token_endpoint_auth_method", "client_secret_basic")
        if method == "client_secret_basic":
            return basic(client_id), {}
        if method == "client_secret_post":
            return None, {"client_id": client_id, "client_secret": secret_of(client_id)}
        return None, {"client_id": client_id}

    async def post(
        self, path: str, client_id: str | None, parameters: dict[str, str]
    ) -> httpx.Response:
        """Post to an endpoint as a client; None: as nobody."""
        header, proof = self.credentials(client_id) if client_id is not None else (None, {})
        headers = {} if header is None else {"Authorization": header}
        return await self.http.post(path, data=proof | parameters, headers=headers)

    async def redeem(
        self,
        code: str,
        client_id: str = "shop",
        **changes: str | None,
    ) -> httpx.Response:
        """Redeem a code over HTTP; a change of None leaves a parameter out."""
        parameters = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri_of(client_id),
            "code_verifier": VERIFIER,
        } | changes
        kept = {name: value for name, value in parameters.items() if value is not None}
        return await self.post("/token", client_id, kept)

    async def tokens(self, client_id: str = "shop", **columns: Any) -> dict[str, Any]:  # noqa: ANN401 - columns of the table
        """Give the tokens of a new family."""
        answer = await self.redeem(await self.code(client_id, **columns), client_id)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def refresh(
        self, refresh_token: str, client_id: str = "shop", **more: str
    ) -> httpx.Response:
        """Refresh over HTTP."""
        parameters = {"grant_type": "refresh_token", "refresh_token": refresh_token} | more
        return await self.post("/token", client_id, parameters)

    async def is_active(self, token_: str, client_id: str = "shop") -> bool:
        """Ask introspection about a token; a public client cannot ask, so the rules are asked."""
        answer = await self.post("/introspect", client_id, {"token": token_})
        active: bool = answer.json()["active"]
        return active

    async def ask_userinfo(self, access_token: str) -> httpx.Response:
        """Ask UserInfo with a token in the header."""
        return await self.http.get("/userinfo", headers={"Authorization": f"Bearer {access_token}"})

    async def exchange(self, client_id: str, **parameters: str) -> TokenResponse:
        """Ask the rules of the token endpoint without HTTP, in one unit of work that writes."""
        header, proof = self.credentials(client_id)
        async with self.database.write() as transaction:
            return await exchange(
                transaction, authorization=header, parameters=proof | parameters, issuer=ISSUER
            )

    async def exchange_code(self, client_id: str) -> TokenResponse:
        """Give the tokens of a new family without HTTP."""
        return await self.exchange(
            client_id,
            grant_type="authorization_code",
            code=await self.code(client_id),
            redirect_uri=redirect_uri_of(client_id),
            code_verifier=VERIFIER,
        )

    async def revoke(self, token_: str, client_id: str) -> None:
        """Revoke a token as its client, without HTTP."""
        async with self.database.write() as transaction:
            client = await transaction.clients.find(client_id)
            assert client is not None
            await revoke(transaction, client, token_, issuer=ISSUER)

    async def has_active(self, refresh_token: str) -> bool:
        """Ask the rules whether a refresh token counts; a public client cannot ask by HTTP."""
        async with self.database.read() as transaction:
            return await find_active_refresh_token(transaction, refresh_token) is not None

    async def count_leaves_of(self, refresh_token: str) -> int:
        """Count the refresh tokens of a family that were not superseded."""
        async with self.database.read() as transaction:
            found = await transaction.refresh_tokens.find(refresh_token)
            assert found is not None
            return await transaction.refresh_tokens.count_leaves(found.authorization.id)

    async def list_events(self) -> list[str]:
        """Give the kinds of the audit events so far, in order."""
        async with self.database.read() as transaction:
            return [event.kind for event in await transaction.audit_events.list_pending(1000)]

    async def end_session(self) -> None:
        """End the session of the customer."""
        async with self.database.write() as transaction:
            await transaction.sessions.end(self.session.id, "signed_out")

    async def withdraw(self, client_id: str, scope: str) -> None:
        """Take a scope from a client as a withdrawal does: the grant narrows, its epoch rises."""
        async with self.database.write() as transaction:
            client = await transaction.clients.find(client_id)
            assert client is not None
            await transaction.customers.lock(self.customer)
            grant = await find_grant(transaction, self.customer, client.id)
            assert grant is not None
            await transaction.client_grants.set_scopes(grant, grant.scopes - {scope}, narrower=True)


async def make_token_world(database: Database, clock: FakeClock, home: Path) -> TokenWorld:
    """Fill a fresh database and put the protocol endpoints before it."""
    await _put_signing_keys(database)
    async with database.write() as transaction:
        for client_id, metadata in CLIENTS.items():
            await transaction.clients.put(
                client_id,
                _metadata(client_id, metadata).to_document(),
                secret_hash=(
                    None
                    if metadata.get("token_endpoint_auth_method") == "none"
                    else hash_secret(secret_of(client_id))
                ),
                brand=None,
                managed_by="file",
            )
        await transaction.config.raise_generation()
        customer = await transaction.customers.insert_new(language="ja")
        await transaction.identifiers.add(
            customer.id,
            "email",
            "hanako@example.jp",
            source="test",
            verified_at=clock.now(),
            login=f"{new_opaque()}@example.jp",
        )
        await transaction.attributes.put(customer.id, "given_name", "", "花子", source="test")
        session = await transaction.sessions.start(
            customer.id,
            new_secret("ss"),
            acr="urn:ciam:acr:1",
            amr=("pwd",),
            expires_at=clock.now() + timedelta(days=30),
            address="192.0.2.1",
            user_agent="a browser of the tests",
        )
    app = Starlette(
        routes=[*token.routes, *introspection.routes, *revocation.routes, *userinfo.routes],
        exception_handlers={CiamError: answer_error, HTTPException: answer_error},
    )
    app.state.parts = SimpleNamespace(
        database=database, settings=Settings(home=home, issuer=ISSUER), clock=clock
    )
    transport = httpx.ASGITransport(ResponseHeaders(app, is_https=True))
    return TokenWorld(
        database,
        clock,
        customer.id,
        session,
        httpx.AsyncClient(transport=transport, base_url=ISSUER),
    )


def _metadata(client_id: str, changes: dict[str, Any]) -> ClientMetadata:
    document: dict[str, Any] = {
        "client_name": f"App {client_id}",
        "redirect_uris": [redirect_uri_of(client_id)],
        "scope": f"{SCOPES} phone",
        "first_party": True,
    }
    return ClientMetadata.model_validate(document | changes)


_signing_keys: list[SigningKey] = []
"""Made once for the run, by the server's own rules: an RSA key costs more than a test."""


async def _put_signing_keys(database: Database) -> None:
    if not _signing_keys:
        await ensure_signing_keys(database)
        async with database.read() as transaction:
            for use in ("tokens", "receipts", "checkpoints"):
                _signing_keys.extend(await transaction.signing_keys.list_published(use))
        return
    async with database.write() as transaction:
        for key in _signing_keys:
            assert key.private_jwk is not None
            await transaction.signing_keys.add(
                key.use,
                key.algorithm,
                key.private_jwk,
                key.public_jwk,
                active_from=transaction.clock.now(),
            )
        await transaction.config.raise_generation()
