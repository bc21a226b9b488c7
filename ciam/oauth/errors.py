"""Errors of the protocol, one class for each registered error code.

    OAuthError
    ├── InvalidRequest, InvalidClient, InvalidGrant, UnauthorizedClient,
    │   UnsupportedGrantType, InvalidScope                              RFC 6749 §5.2, §4.1.2.1
    ├── AccessDenied, UnsupportedResponseType, ServerError,
    │   TemporarilyUnavailable                                          RFC 6749 §4.1.2.1
    ├── LoginRequired, InteractionRequired, ConsentRequired, AccountSelectionRequired,
    │   RequestNotSupported, RequestUriNotSupported,
    │   RegistrationNotSupported                                        OIDC Core §3.1.2.6
    ├── UnmetAuthenticationRequirements                                 RFC 9470 / OIDC Unmet Auth
    ├── InvalidToken, InvalidBearerRequest, InsufficientScope           RFC 6750 §3.1
    ├── InsufficientUserAuthentication                                  RFC 9470 §3
    ├── InvalidSession, InsufficientAuthorization, RedirectToWeb        First-Party Apps §5.2.2.1
    └── UnsupportedTokenType                                            RFC 7009 §2.2.1

The description is public and never says what a stranger could probe; the cause is for the log.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ciam.errors import Refusal


class OAuthError(Refusal):
    """An error with a registered code.

    `may_redirect` is False until the redirect URI has been checked: then nothing goes back to it.
    """

    code = "server_error"
    status = 400
    default_description: ClassVar[str] = ""

    def __init__(
        self, description: str = "", *, cause: str = "", may_redirect: bool = True
    ) -> None:
        """Take the public description, and the private cause when it says more."""
        super().__init__(cause or description or self.code)
        self.description = description or self.default_description
        self.may_redirect = may_redirect

    def to_json(self) -> dict[str, Any]:
        """Give the error response (RFC 6749 §5.2)."""
        answer: dict[str, Any] = {"error": self.code}
        if self.description:
            answer["error_description"] = self.description
        return answer

    def headers(self) -> dict[str, str]:
        """Give the headers that belong to the error."""
        return {"Cache-Control": "no-store"}


class InvalidRequest(OAuthError):
    """A parameter is missing, doubled or malformed (RFC 6749 §4.1.2.1, §5.2)."""

    code = "invalid_request"


class InvalidClient(OAuthError):
    """Client authentication failed (RFC 6749 §5.2): 401, with a challenge."""

    code = "invalid_client"
    status = 401
    default_description = "client authentication failed"

    def headers(self) -> dict[str, str]:
        """Give the challenge for the Basic scheme (RFC 6749 §5.2)."""
        return {**super().headers(), "WWW-Authenticate": 'Basic realm="ciam"'}


class InvalidGrant(OAuthError):
    """The code or refresh token is invalid, expired, revoked or another client's (§5.2)."""

    code = "invalid_grant"
    default_description = "the grant is invalid, expired or revoked"


class UnauthorizedClient(OAuthError):
    """The client may not use this grant or response type (RFC 6749 §4.1.2.1, §5.2)."""

    code = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    """The grant type is not one of ours (RFC 6749 §5.2)."""

    code = "unsupported_grant_type"


class UnsupportedResponseType(OAuthError):
    """The response type is not one of ours (RFC 6749 §4.1.2.1)."""

    code = "unsupported_response_type"


class InvalidScope(OAuthError):
    """The scope is unknown, malformed or more than was granted (RFC 6749 §5.2)."""

    code = "invalid_scope"


class AccessDenied(OAuthError):
    """The customer said no (RFC 6749 §4.1.2.1)."""

    code = "access_denied"
    default_description = "the request was declined"


class ServerError(OAuthError):
    """Something unexpected, told to the client by redirect (RFC 6749 §4.1.2.1)."""

    code = "server_error"


class TemporarilyUnavailable(OAuthError):
    """Overloaded or in maintenance (RFC 6749 §4.1.2.1)."""

    code = "temporarily_unavailable"


class LoginRequired(OAuthError):
    """`prompt=none`, and nobody is signed in, or not freshly enough (OIDC Core §3.1.2.6)."""

    code = "login_required"


class InteractionRequired(OAuthError):
    """`prompt=none`, and a page would be needed (OIDC Core §3.1.2.6)."""

    code = "interaction_required"


class ConsentRequired(OAuthError):
    """`prompt=none`, and consent would be needed (OIDC Core §3.1.2.6)."""

    code = "consent_required"


class AccountSelectionRequired(OAuthError):
    """`prompt=none`, and a choice of account would be needed (OIDC Core §3.1.2.6)."""

    code = "account_selection_required"


class RequestNotSupported(OAuthError):
    """The `request` parameter is not supported (OIDC Core §3.1.2.6)."""

    code = "request_not_supported"


class RequestUriNotSupported(OAuthError):
    """The `request_uri` parameter is not supported (OIDC Core §3.1.2.6)."""

    code = "request_uri_not_supported"


class RegistrationNotSupported(OAuthError):
    """The `registration` parameter is not supported (OIDC Core §3.1.2.6)."""

    code = "registration_not_supported"


class UnmetAuthenticationRequirements(OAuthError):
    """An essential `acr` cannot be reached (OpenID Connect Core Error Code §2)."""

    code = "unmet_authentication_requirements"


class BearerError(OAuthError):
    """An error at a protected resource: the challenge carries it (RFC 6750 §3)."""

    challenge_scope: str | None = None

    def headers(self) -> dict[str, str]:
        """Give the challenge of the Bearer scheme."""
        parts = ['realm="ciam"', f'error="{self.code}"']
        if self.description:
            parts.append(f'error_description="{self.description}"')
        if self.challenge_scope:
            parts.append(f'scope="{self.challenge_scope}"')
        return {**super().headers(), "WWW-Authenticate": f"Bearer {', '.join(parts)}"}


class InvalidToken(BearerError):
    """The access token is expired, revoked, malformed or not for us (RFC 6750 §3.1)."""

    code = "invalid_token"
    status = 401
    default_description = "the access token is not valid"


class MissingToken(BearerError):
    """No access token at all: a bare challenge without an error code (RFC 6750 §3.1)."""

    code = "invalid_token"
    status = 401

    def headers(self) -> dict[str, str]:
        """Give the bare challenge."""
        return {"Cache-Control": "no-store", "WWW-Authenticate": 'Bearer realm="ciam"'}


class InvalidBearerRequest(BearerError):
    """A protected resource cannot read the request, e.g. two tokens in it (RFC 6750 §3.1)."""

    code = "invalid_request"


class InsufficientScope(BearerError):
    """The token is good, its scope is not enough (RFC 6750 §3.1)."""

    code = "insufficient_scope"
    status = 403

    def __init__(self, scope: str) -> None:
        """Take the scope that would be enough."""
        super().__init__(f"the scope {scope} is needed")
        self.challenge_scope = scope


class InsufficientUserAuthentication(BearerError):
    """The customer's sign-in is too long ago or too weak for this (RFC 9470 §3).

    The client asks for it again, with the `max_age` or `acr_values` of the challenge.
    """

    code = "insufficient_user_authentication"
    status = 401
    default_description = "a more recent or stronger sign-in is needed"

    def __init__(self, *, max_age: int | None = None, acr: str | None = None) -> None:
        """Take the seconds since the sign-in, and the level, that would be accepted."""
        super().__init__()
        self.max_age = max_age
        self.acr = acr

    def headers(self) -> dict[str, str]:
        """Give the challenge with what the client has to ask for."""
        headers = super().headers()
        if self.acr is not None:
            headers["WWW-Authenticate"] += f', acr_values="{self.acr}"'
        if self.max_age is not None:
            headers["WWW-Authenticate"] += f', max_age="{self.max_age}"'
        return headers


class UnsupportedTokenType(OAuthError):
    """This kind of token cannot be revoked (RFC 7009 §2.2.1)."""

    code = "unsupported_token_type"


class InvalidSession(OAuthError):
    """The `auth_session` is malformed, too old or another client's (First-Party Apps §5.2.2.1)."""

    code = "invalid_session"
    default_description = "the auth_session cannot be used; begin without one"


class InvalidDPoPProof(OAuthError):
    """The DPoP proof is malformed, used, or not for this call (RFC 9449 §5, §12.2)."""

    code = "invalid_dpop_proof"
    default_description = "the DPoP proof cannot be used"


class ChallengeError(OAuthError):
    """A step of a first-party app: what it answers with goes along (First-Party Apps §5.2.2)."""

    status = 403

    def __init__(self, description: str = "", **members: object) -> None:
        """Take the members that stand beside the error; None leaves one out."""
        super().__init__(description)
        self.members: Mapping[str, object] = members

    def to_json(self) -> dict[str, Any]:
        """Give the error response with its members."""
        given = {name: value for name, value in self.members.items() if value is not None}
        return super().to_json() | given


class InsufficientAuthorization(ChallengeError):
    """More has to be asked of the customer, by the app itself (First-Party Apps §5.2.2.1)."""

    code = "insufficient_authorization"
    default_description = "more is needed: the journey says what"


class RedirectToWeb(ChallengeError):
    """What is needed is a page of ours: a new code flow in a browser (§5.2.2.1.1)."""

    code = "redirect_to_web"
    default_description = "start the authorization code flow in a browser"
