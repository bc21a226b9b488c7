"""The answer to an authorization request, or its refusal, on the way back to the client.

Every answer names the issuer (RFC 9207), errors too, so a client of several servers cannot be made
to take the answer of one for that of another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ciam.errors import Refusal
from ciam.oauth.redirect_uris import add_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ciam.oauth.authorization.request import AuthorizationRequest
    from ciam.oauth.errors import OAuthError


@dataclass(frozen=True, slots=True)
class AuthorizationResponse:
    """Parameters for a checked redirect URI: in its query, or in a form posted there."""

    redirect_uri: str
    response_mode: str
    parameters: Mapping[str, str] = field(repr=False)
    brand: str | None = None

    @property
    def location(self) -> str:
        """The address that carries the parameters in its query."""
        return add_query(self.redirect_uri, self.parameters)


class AuthorizationRefused(Refusal):
    """A refusal that is told to the client, at its checked redirect URI (RFC 6749 §4.1.2.1)."""

    status = 303
    code = "authorization_refused"

    def __init__(self, error: OAuthError, response: AuthorizationResponse) -> None:
        """Take the error and the answer that carries it."""
        super().__init__(f"{error.code}: {error.cause}")
        self.error = error
        self.response = response


def make_response(request: AuthorizationRequest, **parameters: str) -> AuthorizationResponse:
    """Address parameters to the client, with its `state` and our `iss`."""
    if request.state is not None:
        parameters["state"] = request.state
    parameters["iss"] = request.issuer
    return AuthorizationResponse(
        request.redirect_uri, request.response_mode, parameters, request.client.brand
    )


def refuse(request: AuthorizationRequest, error: OAuthError) -> AuthorizationRefused:
    """Address an error to the client; only after `check_redirect_uri`."""
    return AuthorizationRefused(error, make_response(request, **error.to_json()))
