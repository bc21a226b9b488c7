"""An authorization request: what came, and what the steps have made of it (OIDC Core §3.1.2.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ciam.consent.scope_claims import scopes_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta
    from uuid import UUID

    from ciam.oauth.parameters import Parameters
    from ciam.storage.stores.authorization_requests import KeptRequest
    from ciam.storage.stores.clients import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A request as far as it has been checked; the names are those of the specification.

    redirect_uri         empty until it has been checked: until then nothing redirects
    state                echoed in every answer
    prompt, acr_values   as asked, in order
    essential_acr        the level without which the client wants no answer (OIDC Core §5.5.1.1)
    claims               the claims parameter, checked (OIDC Core §5.5)
    meant_customer       who is meant by `id_token_hint` or `claims`, when the client said so
    kept                 the row, while a person signs in and decides
    """

    issuer: str
    client: Client
    parameters: Parameters
    redirect_uri: str = ""
    response_mode: str = "query"
    state: str | None = field(default=None, repr=False)
    scopes: frozenset[str] = frozenset()
    code_challenge: str | None = None
    nonce: str | None = field(default=None, repr=False)
    prompt: frozenset[str] = frozenset()
    max_age: timedelta | None = None
    acr_values: tuple[str, ...] = ()
    essential_acr: bool = False
    claims: Mapping[str, Any] | None = None
    login_hint: str | None = field(default=None, repr=False)
    meant_customer: UUID | None = None
    kept: KeptRequest | None = None

    @property
    def may_ask(self) -> bool:
        """Whether a page may be shown (`prompt=none`)."""
        return "none" not in self.prompt

    @property
    def asked_scopes(self) -> frozenset[str]:
        """What the customer has to allow: the scopes, and those of claims asked for by name."""
        named = {name for member in (self.claims or {}).values() for name in member}
        return self.scopes | (scopes_for(named) & self.client.scope)
