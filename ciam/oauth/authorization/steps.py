"""The protocol on one screen: every check of an authorization request, in its order.

A step takes the request as far as it has been checked and gives it back knowing more. An error
before `check_redirect_uri` has passed ends on a page; after it, it goes back to the client in the
response mode asked for. A kept request runs through the same table when it is resumed: in between,
an operator may have changed the client.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from ciam.oauth.authorization.check_acr_values import check_acr_values
from ciam.oauth.authorization.check_claims import check_claims
from ciam.oauth.authorization.check_hints import check_id_token_hint, check_login_hint
from ciam.oauth.authorization.check_max_age import check_max_age
from ciam.oauth.authorization.check_own_interface import check_own_interface
from ciam.oauth.authorization.check_parameters import check_parameters, check_request_object
from ciam.oauth.authorization.check_pkce import check_pkce
from ciam.oauth.authorization.check_prompt import check_prompt
from ciam.oauth.authorization.check_redirect_uri import check_redirect_uri
from ciam.oauth.authorization.check_response import check_response_mode, check_response_type
from ciam.oauth.authorization.check_scope import check_scope
from ciam.oauth.authorization.check_state import check_nonce, check_state
from ciam.oauth.authorization.load_client import load_client
from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.authorization.response import refuse
from ciam.oauth.errors import OAuthError
from ciam.storage import UnitOfWork

if TYPE_CHECKING:
    from ciam.oauth.parameters import Parameters

Step = Callable[[UnitOfWork, AuthorizationRequest], Awaitable[AuthorizationRequest]]

STEPS: Final[tuple[Step, ...]] = (
    # load_client           who asks; makes the request                    RFC 6749 §2.2
    check_redirect_uri,  #  nothing redirects before this line             RFC 9700 §2.1
    check_state,  #         first of all, since every answer carries it    RFC 6749 §4.1.1
    check_response_mode,  # how errors go back from here on                Response Types §2.1
    check_parameters,  #    none doubled, binary or endless                RFC 6749 §3.1
    check_request_object,  # request, request_uri, registration: refused   OIDC Core §6, §7.2.1
    check_response_type,  # `code` alone                                   RFC 9700 §2.1.2
    check_scope,  #         known to us, allowed to the client             RFC 6749 §3.3
    check_pkce,  #          S256, for every client but the excepted        RFC 9700 §2.1.1
    check_nonce,  #                                                        OIDC Core §3.1.2.1
    check_prompt,  #        none alone; login, consent, create ...         OIDC Core §3.1.2.1
    check_max_age,  #       seconds; else the client's default             OIDC Core §3.1.2.1
    check_claims,  #        what, for which channel, about whom            OIDC Core §5.5
    check_acr_values,  #    wanted, or essential by `claims`               OIDC Core §5.5.1.1
    check_id_token_hint,  # ours, issued to this client                    OIDC Core §3.1.2.1
    check_login_hint,  #                                                   OIDC Core §3.1.2.1
)

_NOT_DIRECT: Final = (check_redirect_uri, check_response_mode, check_state)

DIRECT_STEPS: Final[tuple[Step, ...]] = (
    check_own_interface,  # ours, native, with own screens     First-Party Apps §5, §9.1, §9.8
    *(step for step in STEPS if step not in _NOT_DIRECT),
)
"""The same for a request that is answered directly, to whom asks: nothing redirects."""


async def check_request(
    transaction: UnitOfWork,
    parameters: Parameters,
    *,
    issuer: str,
    steps: tuple[Step, ...] = STEPS,
) -> AuthorizationRequest:
    """Give a checked request; raise OAuthError for a page, AuthorizationRefused for a redirect."""
    request = await load_client(transaction, parameters, issuer=issuer)
    for step in steps:
        try:
            request = await step(transaction, request)
        except OAuthError as error:
            if not request.redirect_uri:
                error.may_redirect = False
                raise
            raise refuse(request, error) from error
    return request
