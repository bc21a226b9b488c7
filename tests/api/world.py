"""An application with a customer, apps and services, and tokens for them, for tests of the API."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from starlette.applications import Starlette

from ciam.consent.client_grants import give_grant
from ciam.consent.purposes import put_purpose
from ciam.customers.customer import create_customer
from ciam.identifiers import new_secret
from ciam.oauth.registration import ClientMetadata
from ciam.oauth.tokens.access_token import audience_of, issue_access_token, issue_client_token
from ciam.storage.stores.customers import Customer
from ciam.storage.stores.sessions import Session
from tests.consent.documents import newsletter, sharing

ACCOUNT = "account:profile account:consents account:sessions account:authenticators"
SCOPES = f"openid profile email {ACCOUNT}"
CLIENTS: dict[str, dict[str, Any]] = {
    "shop": {"recipient_kind": "ourselves"},
    "partner": {"recipient_kind": "third_party"},
    "crm": {
        "grant_types": ("client_credentials",),
        "recipient_kind": "ourselves",
        "scope": "customers:read customers:write consents:read consents:write stock",
    },
    "agency": {
        "grant_types": ("client_credentials",),
        "recipient_kind": "third_party",
        "scope": "customers:read customers:write consents:read consents:write",
    },
}


@dataclass
class ApiWorld:
    """What every test of the API starts from."""

    app: Starlette
    http: httpx.AsyncClient
    customer: Customer
    session: Session

    @property
    def issuer(self) -> str:
        """Our issuer."""
        issuer: str = self.app.state.parts.settings.issuer
        return issuer

    async def customer_token(self, client_id: str = "shop", scopes: str = SCOPES) -> str:
        """Give an access token of the customer, as the token endpoint would."""
        granted = frozenset(scopes.split())
        async with self.app.state.parts.database.write() as transaction:
            client = await transaction.clients.find(client_id)
            grant = await give_grant(transaction, self.customer.id, client, granted, screen=None)
            client_session = await transaction.sessions.get_client_session(
                self.session.id, client.id
            )
            family = await transaction.authorizations.start(
                {
                    "client": client.id,
                    "customer": self.customer.id,
                    "client_grant": grant.id,
                    "client_session": client_session.id,
                    "subject": f"sub-at-{client_id}",
                    "scopes": sorted(granted),
                    "claims": None,
                    "audience": list(audience_of(client, granted, self.issuer)),
                    "epoch": grant.epoch,
                    "authenticated_at": self.session.authenticated_at,
                    "acr": self.session.acr,
                    "amr": list(self.session.amr),
                    "nonce": None,
                    "offline": False,
                    "expires_at": transaction.clock.now() + timedelta(days=180),
                }
            )
            found = await transaction.authorizations.find(family)
            issued = await issue_access_token(transaction, client, found, granted, self.issuer)
        token: str = issued.token
        return token

    async def service_token(self, client_id: str = "crm", scopes: str | None = None) -> str:
        """Give a service's own token."""
        async with self.app.state.parts.database.read() as transaction:
            client = await transaction.clients.find(client_id)
            wanted = client.scope if scopes is None else frozenset(scopes.split())
            issued = await issue_client_token(transaction, client, wanted, self.issuer)
        token: str = issued.token
        return token

    async def ask(
        self,
        method: str,
        path: str,
        token: str,
        json: Any = None,  # noqa: ANN401 - what JSON can hold
        **headers: str,
    ) -> httpx.Response:
        """Ask the API; a header `if_match` is sent as `If-Match`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(
            method,
            f"/api/v1{path}",
            json=json,
            headers={"Authorization": f"Bearer {token}", "accept-language": "en", **sent},
        )


async def make_world(app: Starlette, http: httpx.AsyncClient) -> ApiWorld:
    """Fill the database of a running application."""
    parts = app.state.parts
    async with parts.database.write() as transaction:
        for client_id, changes in CLIENTS.items():
            is_service = "grant_types" in changes
            metadata = ClientMetadata.model_validate(
                {
                    "client_name": f"App {client_id}",
                    "redirect_uris": () if is_service else (f"https://{client_id}.example.com/cb",),
                    "scope": SCOPES,
                    "first_party": True,
                }
                | changes
            )
            await transaction.clients.put(
                client_id, metadata.to_document(), secret_hash=b"x", brand=None, managed_by="file"
            )
        await put_purpose(transaction, newsletter())
        await put_purpose(transaction, sharing())
        await transaction.config.raise_generation()
        customer = await create_customer(
            transaction, email="hanako@example.jp", email_verified_at=parts.clock.now(),
            password_hash=None, attributes={"given_name": "花子", "family_name": "山田"},
            language="ja", source="sign_up",
        )  # fmt: skip
        session = await transaction.sessions.start(
            customer.id, new_secret("ss"), acr="urn:ciam:acr:1", amr=("pwd",),
            expires_at=parts.clock.now() + timedelta(days=30), address="192.0.2.1",
            user_agent="a browser of the tests",
        )  # fmt: skip
    return ApiWorld(app, http, customer, session)
