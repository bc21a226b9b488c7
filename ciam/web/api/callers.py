"""Who calls: an app with a customer's token, or a service with its own (RFC 6750 §2.1).

A token counts when it names the API as its audience, carries the scope, and nothing it hangs on
has ended. Only the header is read: a token in an address or form would end up in logs.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.requests import Request

from ciam.authentication.policy import has_own_factor
from ciam.oauth.errors import (
    InsufficientScope,
    InsufficientUserAuthentication,
    InvalidToken,
    MissingToken,
)
from ciam.oauth.resources import api_of
from ciam.oauth.tokens.state import ActiveToken, find_active
from ciam.sessions.levels import is_reached, least_of, methods_for
from ciam.sessions.session import ACR_TWO
from ciam.storage.stores.authorizations import Authorization
from ciam.storage.stores.clients import Client
from ciam.web.parts import parts

CUSTOMER: Final = "customer"
SERVICE: Final = "service"
CHANNEL: Final = "api"


@dataclass(frozen=True, slots=True)
class CustomerCaller:
    """An app that acts with the token of a customer."""

    client: Client
    family: Authorization
    scopes: frozenset[str]

    @property
    def customer(self) -> UUID:
        """The customer whose token it is."""
        return self.family.customer

    @property
    def owner(self) -> str:
        """Whose keys and limits these are."""
        return str(self.family.customer)

    @property
    def source(self) -> str:
        """Where a value comes from that is written here."""
        return f"app:{self.client.id.hex}"


@dataclass(frozen=True, slots=True)
class ServiceCaller:
    """A service that acts for itself."""

    client: Client
    scopes: frozenset[str]

    @property
    def owner(self) -> str:
        """Whose keys and limits these are."""
        return SERVICE

    @property
    def source(self) -> str:
        """Where a value comes from that is written here."""
        return f"api:{self.client.id.hex}"


Caller = CustomerCaller | ServiceCaller


@dataclass(frozen=True, slots=True)
class OfCustomer:
    """Asks for a customer's token with a scope; `fresh`: of somebody who signed in just now.

    The sign-in has to reach the level that the app requires, and, for what is fresh, both factors
    of a customer who has switched a second one on.
    """

    scope: str
    fresh: bool = False

    async def __call__(self, request: Request) -> CustomerCaller:
        """Give the caller; raise the errors of RFC 6750 §3.1 and RFC 9470 §3."""
        found = await _find_token(request)
        if found.family is None or self.scope not in found.scopes:
            raise InsufficientScope(self.scope)
        await _check_sign_in(request, found.family, is_fresh=self.fresh)
        return CustomerCaller(found.client, found.family, found.scopes)


@dataclass(frozen=True, slots=True)
class OfService:
    """Asks for a service's own token with a scope, which its registration still allows."""

    scope: str

    async def __call__(self, request: Request) -> ServiceCaller:
        """Give the caller; raise the errors of RFC 6750 §3.1."""
        found = await _find_token(request)
        scopes = found.scopes & found.client.scope
        if found.family is not None or self.scope not in scopes:
            raise InsufficientScope(self.scope)
        return ServiceCaller(found.client, scopes)


async def _find_token(request: Request) -> ActiveToken:
    scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer":
        raise MissingToken(cause="no access token")
    issuer = parts(request).settings.issuer
    async with parts(request).database.read() as transaction:
        found = await find_active(
            transaction, token.strip(), issuer=issuer, audience=api_of(issuer)
        )
    if found is None:
        raise InvalidToken(cause="unknown, ended, or for another audience")
    return found


async def _check_sign_in(request: Request, family: Authorization, *, is_fresh: bool) -> None:
    """Raise InsufficientUserAuthentication for a sign-in that is too weak or too long ago."""
    async with parts(request).database.read() as transaction:
        wanted = least_of(await methods_for(transaction, family.client))
        if is_fresh and await has_own_factor(transaction, family.customer, family.client):
            wanted = ACR_TWO
        fresh = (await transaction.policies.get()).sessions.fresh
        age = transaction.clock.now() - family.authenticated_at
    max_age = int(fresh.total_seconds()) if is_fresh and age > fresh else None
    acr = None if is_reached(family.acr, (wanted,)) else wanted
    if max_age is not None or acr is not None:
        raise InsufficientUserAuthentication(max_age=max_age, acr=acr)
