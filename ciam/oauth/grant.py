"""What a grant type is: it looks at a request of an authenticated client and issues tokens.

Each lives in `grants/`, one module for each `grant_type`; `exchange.py` picks one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ciam.oauth.scopes import write_scope
from ciam.storage import UnitOfWork
from ciam.storage.stores.clients import Client


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request to the token endpoint whose client has proven itself."""

    client: Client
    parameters: Mapping[str, str] = field(repr=False)
    issuer: str


@dataclass(frozen=True, slots=True)
class TokenResponse:
    """What was issued (RFC 6749 §5.1, OIDC Core §3.1.3.3)."""

    access_token: str = field(repr=False)
    expires_in: int
    scopes: frozenset[str]
    refresh_token: str | None = field(default=None, repr=False)
    id_token: str | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, str | int]:
        """Give the members of the response; `scope` always, since it may be less than asked."""
        answer: dict[str, str | int] = {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "scope": write_scope(self.scopes),
        }
        if self.refresh_token is not None:
            answer["refresh_token"] = self.refresh_token
        if self.id_token is not None:
            answer["id_token"] = self.id_token
        return answer


class Grant(Protocol):
    """A module of `grants/`."""

    @property
    def GRANT_TYPE(self) -> str:  # noqa: N802 - a constant of a module
        """The value of `grant_type`."""

    @property
    def WRITES(self) -> bool:  # noqa: N802 - a constant of a module
        """Whether it needs a unit of work that writes."""

    async def issue(self, transaction: UnitOfWork, request: TokenRequest, /) -> TokenResponse:
        """Issue what the request asks for, or raise an OAuthError."""
